"""Networks that others have trained: may they have seen who is tested?"""

from ferstudy.protocols.findings import STATUSES, Finding, finding

# Datasets that nobody is named in: collected from the web or from films, so that nobody can say who is in them.
NAMELESS = (
    "fer", "fer2013", "ferplus", "affectnet", "rafdb", "expw", "emotionet", "aff-wild", "aff-wild2", "dfew", "ferv39k",
    "mafw", "afew", "sfew", "vggface", "vggface2", "ms1m", "ms-celeb-1m", "webface", "celeba", "laion", "kinetics",
)  # fmt: skip
# Web pictures of things; faces in them are by the way.
OF_THINGS = ("imagenet", "imagenet21k")


def networks(trained: dict[str, list[str]], names: list[str]) -> Finding:
    """A network trained on the tested dataset is a leak, one of whose people nobody knows is unknown, others pass.

    Args:
        trained: names of datasets by backbone or external model, as the config states them; none where nobody said it.
        names: of the tested dataset, of what it joins and of their adapters.
    """
    own = {_plain(name) for name in names}
    judged = [_judged(backbone, told, own) for backbone, told in sorted(trained.items())]
    status = max((status for status, _ in judged), key=STATUSES.index)
    return finding("elsewhere", "Networks from elsewhere", status, " ".join(text for _, text in judged))


def _judged(backbone: str, told: list[str], own: set[str]) -> tuple[str, str]:
    """The status of one backbone, and its sentence."""
    same = [name for name in told if _plain(name) in own]
    nameless = [name for name in told if _plain(name) in set(map(_plain, NAMELESS))]
    if same:
        return "leak", f"{backbone} was trained on {', '.join(same)}, which is tested here: it knows these people."
    if not told:
        return "unknown", (
            f"Nobody said on what {backbone} was trained, so nobody can say whether it saw the people who are tested; "
            "write its `trained_on`."
        )
    if nameless:
        return "unknown", (
            f"{backbone} was trained on {', '.join(nameless)}: nobody knows who is in it, so nobody can say whether it "
            "saw the people who are tested."
        )
    things = "; it is no dataset of named people" if all(_plain(name) in OF_THINGS for name in told) else ""
    return "pass", f"{backbone} was trained on {', '.join(told)}, as stated in the config{things}."


def _plain(name: str) -> str:
    """A dataset's name without what people write differently: CREMA-D is cremad, CK+ is ckplus."""
    return "".join(sign for sign in name.casefold().replace("+", "plus") if sign.isalnum())
