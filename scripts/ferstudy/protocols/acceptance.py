"""Which leaks of an audit a protocol accepts: training asks too, so that no check's code is needed here."""

# The checks that may find a leak; of these a protocol may accept some, each with its reason.
LEAKS = ("subjects", "groups", "files", "duplicates", "selection", "held_out", "stills", "elsewhere")


def unaccepted(audit: dict) -> list[dict]:
    """The leaks of an audit that its protocol does not accept: the reason for one check lets no other through."""
    return [each for each in audit["findings"] if each["status"] == "leak" and each["check"] not in audit["accepted"]]


def how_to_accept(protocol: str, leaks: list[dict]) -> str:
    """What to write into the config so that a protocol accepts these leaks."""
    reasons = ", ".join(f"{finding['check']}: <reason>" for finding in leaks)
    return f"set protocols/{protocol}/accept_leak to {{{reasons}}}, and every score carries the badge"
