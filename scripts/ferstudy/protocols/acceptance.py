"""Which leaks of an audit a protocol accepts: training asks too, so that no check's code is needed here."""

from collections.abc import Iterator

# The checks that may find a leak, before anything is trained and after; of these a protocol may accept some, each with
# its reason.
OF_FOLDS = ("subjects", "groups", "files", "duplicates", "selection", "held_out", "stills", "elsewhere")
OF_RUN = ("fitted", "prior", "epochs", "answers", "search", "fusion", "teachers", "scores", "calibration")
LEAKS = (*OF_FOLDS, *OF_RUN)


def unaccepted(audit: dict) -> list[dict]:
    """The leaks of an audit that its protocol does not accept: the reason for one check lets no other through."""
    return [each for each in audit["findings"] if each["status"] == "leak" and each["check"] not in audit["accepted"]]


def how_to_accept(protocol: str, leaks: list[dict]) -> str:
    """What to write into the config so that a protocol accepts these leaks."""
    reasons = ", ".join(f"{finding['check']}: <reason>" for finding in leaks)
    return f"set protocols/{protocol}/accept_leak to {{{reasons}}}, and every score carries the badge"


def findings(place: str, given: dict[str, str] | str, needed: dict[str, str]) -> Iterator[str]:
    """What is wrong with the leaks that a protocol accepts; `needed` says why it must accept some, by check."""
    if isinstance(given, str) and given:
        example = ", ".join(f"{check}: {given!r}" for check in needed or ["<check>"])
        yield (
            f"{place}: found one reason for all, {given!r}; expected one for each check, as {{{example}}}. Checks that "
            f"may leak are {', '.join(LEAKS)}, and the audit says which ones do"
        )
        return
    for check, reason in (given or {}).items():
        if check not in LEAKS:
            yield f"{place}/{check}: no check that may leak; there are {', '.join(LEAKS)}"
        elif not reason.strip():
            yield f"{place}/{check}: found no reason; say why that leak is accepted, or remove it"
    for check, why in needed.items():
        if check not in given:
            yield (
                f"{place}/{check}: missing; {why}. Give the reason why that is accepted, as accept_leak: "
                f"{{{check}: <reason>}}, and every score says so"
            )
