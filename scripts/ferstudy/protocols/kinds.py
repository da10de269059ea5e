"""The kinds of protocols: which settings each has, how many folds it makes, whether it holds out a test set.

Standard library only: the study asks at every parse of the workflow.
"""

import re
from numbers import Real

from ferstudy.errors import StudyError
from ferstudy.fold import DEPLOY, FINAL, Fold

DEAL, SEED, REFOLD = {"balance": None}, {"seed": None}, {"refold": None}
# The settings of each kind with their defaults; None = has to be given, as the schema does for those of every kind.
KEYS: dict[str, dict] = {
    "kfold": {"folds": None, "test": 0, "by": "subject", "deal": "balanced", **DEAL, **SEED, **REFOLD},
    "nested": {"folds": None, "inner": None, "deal": "balanced", **DEAL, **SEED, **REFOLD},
    "loso": {"folds": None, "validation": "next", **REFOLD},
    "official": {"folds": 1, "split": "roles", "missing": "refuse", **DEAL, **SEED, **REFOLD},
    "imported": {"file": None, "format": "table", "folds": None, "held_out": False, "missing": "refuse"},
    "blocks": {"blocks": None, "test": []},
    "holdout": {"folds": None, "test": 0.2, "validation": 0, "by": "subject", **SEED, **REFOLD},
    "lodo": {"folds": None, "validation": 0.2, **DEAL, **SEED, **REFOLD},
    "as_published": {"folds": None, "test": 0, "by": "subject", **DEAL, **SEED, **REFOLD},
}
APART = ("accept_leak", DEPLOY)  # of a protocol, but nothing that decides a fold table
COMMON = {**DEAL, **SEED, **REFOLD}  # a config has these filled in for every kind, needed or not
CHOICES = {
    "deal": ("balanced", "id_order"),
    "split": ("roles", "numbers"),
    "missing": ("refuse", "leave_out"),
    "by": ("subject", "file", "clip"),  # file: of kfold alone
    "held_out": (False, True),
    "format": ("table", "dfew", "emobox", "emotion_fan", "mae_dfer", "names", "ogm_ge", "roles"),  # of public_lists
}
RANGE = re.compile(r"(?P<prefix>.*?)(?P<first>\d+)-(?P<again>.*?)(?P<last>\d+)")
MOST = 10_000  # subjects in one range: more is a slip of the pen


def folds(protocol: dict) -> int:
    """How many folds the protocol has beside `final`; of a nested one, how many outer folds."""
    return len(protocol["blocks"]) if protocol["kind"] == "blocks" else protocol.get("folds", KEYS["official"]["folds"])


def has_final(protocol: dict) -> bool:
    """Whether clips are held out from all folds, so that a model `final` is trained and tested on them.

    In a nested protocol that is so for each outer fold, but not for all folds.
    """
    kind = protocol["kind"]
    if kind in ("kfold", "blocks"):
        return bool(protocol.get("test"))
    if kind == "official":
        return protocol.get("split", KEYS["official"]["split"]) == "roles"
    return kind == "imported" and bool(protocol.get("held_out"))


def names(protocol: dict) -> list[str]:
    """Every fold of the fold table, in order: "0", "1", .., "final"; of a nested one "0.0", .., "0.final", "1.0", ..

    The training `deploy` is none of them: it has no roles to give.
    """
    if protocol["kind"] == "nested":
        inner = [*map(str, range(protocol["inner"])), FINAL]
        return [str(Fold(str(outer), name)) for outer in range(folds(protocol)) for name in inner]
    return [*map(str, range(folds(protocol))), *([FINAL] * has_final(protocol))]


def validates(protocol: dict) -> bool:
    """Whether folds can have validation clips; where not, nothing may wait for them or be chosen by them."""
    share = protocol.get("validation", KEYS[protocol["kind"]].get("validation", "next"))
    return share not in ("none", 0)


def earlier(protocol: dict, fold: str) -> list[str]:
    """The folds whose best epochs and rates a training takes that has no validation clips; none for the others.

    Of "final" and "deploy" these are all folds, of the nested "2.final" those of outer fold 2.
    """
    return Fold.parse(fold).siblings(names(protocol))


def needs(protocol: dict) -> list[str]:
    """The files of the user's that decide the fold table: their content belongs to what a job depends on."""
    given = protocol.get("file", [])
    return [given] if isinstance(given, str) else given


def deciding(protocol: dict) -> dict:
    """The settings that decide the fold table: none that stands apart, none that other kinds are dealt by."""
    used = KEYS.get(protocol.get("kind", ""), {})
    return {key: value for key, value in protocol.items() if key not in APART and (key not in COMMON or key in used)}


def must_accept(protocol: dict) -> dict[str, str]:
    """By check of the audit, why a protocol leaks by its very rule: the config has to accept that."""
    found = {}
    if protocol["kind"] == "as_published":
        found["selection"] = "the best epoch is chosen on the test clips"
    if protocol.get("by") in ("file", "clip"):
        found["subjects"] = f"{protocol['by']}s are drawn, so that a person stands on both sides"
    return found


def scored(protocol: dict) -> str:
    """How its test rows become one score: "pooled", "repeats" (their mean, never pooled) or "apart" (no mean)."""
    drawn = protocol["kind"] == "holdout" or (protocol["kind"] == "as_published" and bool(protocol.get("test")))
    return "repeats" if drawn else "apart" if protocol["kind"] == "lodo" else "pooled"


def by_clip(settings: dict) -> bool:
    """Whether clips have their blocks each for itself; else units (subjects, else groups, else clips) have them."""
    return settings["kind"] in ("official", "imported", "blocks") or settings.get("by") in ("file", "clip")


def complete(protocol: dict) -> dict:
    """The protocol with its defaults filled in. Raises StudyError for an unknown kind or key, or impossible numbers."""
    kind = protocol.get("kind")
    if kind not in KEYS:
        raise StudyError(f"kind: {kind!r} is no kind of protocol; choose from {', '.join(KEYS)}")
    given = {key: value for key, value in protocol.items() if key not in ("kind", *APART)}
    strange = sorted(set(given) - set(KEYS[kind]))
    if strange:
        raise StudyError(f"{strange[0]}: no key of a protocol of kind {kind}; it has {', '.join(KEYS[kind])}")
    settings = {"kind": kind, **KEYS[kind], **given}
    missing = [key for key, value in settings.items() if value is None and key not in ("folds", "inner")]
    if missing:
        raise StudyError(f"{missing[0]}: missing; a protocol of kind {kind} needs it")
    settings["balance"] = sorted(settings.get("balance", []))
    for key, choices in CHOICES.items():
        if key in settings and settings[key] not in choices:
            raise StudyError(f"{key}: found {settings[key]!r}, expected one of {', '.join(map(str, choices))}")
    _check_test(settings)
    if kind == "loso":
        if settings["validation"] not in ("next", "none"):
            raise StudyError(
                f"validation: found {settings['validation']!r}, expected none (each fold trains on all others, for a "
                "fixed number of epochs), or nothing (the next subject validates)"
            )
    elif "validation" in settings:
        _check_share("validation", settings["validation"])
    if kind == "blocks":
        _check_listed(settings)
    _check_folds(settings)
    return settings


def _check_test(settings: dict) -> None:
    """A number of subjects, a share of the data, or names, by kind; what is drawn must fit them."""
    kind, test = settings["kind"], settings.get("test")
    if settings.get("by") == "file" and kind != "kfold":
        raise StudyError(f"by: found 'file', which kfold alone has; a {kind} is dealt by subject or clip")
    if kind == "kfold" and settings["by"] != "subject" and (test or settings["deal"] == "id_order"):
        raise StudyError(
            f"by: {settings['by']}s are dealt by chance to folds that test them all; leave out test and deal"
        )
    if kind == "kfold":
        if isinstance(test, bool) or not isinstance(test, int) or test < 0:
            raise StudyError(f"test: found {test!r}, expected a number of subjects: that many are held out")
        if test and settings["deal"] == "id_order":
            raise StudyError(
                "test: dealing in the order of ids holds nobody out; leave out `test`, or use deal: balanced"
            )
    elif kind in ("holdout", "as_published"):
        _check_share("test", test)
        if kind == "holdout" and not test:
            raise StudyError("test: found 0, expected the share of the data that each fold tests, as 0.2")
    elif kind == "blocks" and not isinstance(test, list):
        raise StudyError(f"test: found {test!r}, expected names of subjects in a list, as [F001-F010, M003]")


def _check_share(key: str, share: object) -> None:
    if isinstance(share, bool) or not isinstance(share, Real) or not 0 <= share < 1:
        raise StudyError(f"{key}: found {share!r}, expected a share from 0 to below 1")


def _check_listed(settings: dict) -> None:
    """Every subject in one list only; counts the folds."""
    lists = settings["blocks"]
    if not isinstance(lists, list) or not all(isinstance(names, list) and names for names in lists):
        raise StudyError(
            f"blocks: found {lists!r}, expected a list of names for each fold, as [[F011-F015], [F016, M011]]"
        )
    where: dict[str, str] = {}
    for place, names in [(f"block {number}", names) for number, names in enumerate(lists)] + [
        ("test", settings["test"])
    ]:
        for name in (name for pattern in names for name in subjects(str(pattern))):
            if where.setdefault(name, place) != place:
                raise StudyError(f"blocks: {name} is in {where[name]} and in {place}; a subject belongs to one of them")
    settings["folds"] = len(lists)


def _check_folds(settings: dict) -> None:
    kind, number = settings["kind"], settings["folds"]
    least, why = 1, ""
    if kind in ("kfold", "loso", "blocks") or (kind == "official" and settings["split"] == "numbers"):
        least, why = 3, " (without held-out test subjects a fold tests one block and validates on another)"
        if (kind in ("kfold", "blocks") and settings["test"]) or settings.get("validation") == "none":
            least, why = 2, ""
    elif kind in ("lodo", "nested") or (kind == "as_published" and not settings["test"]):
        least = 2
    _check_number("folds", number, least, why)
    if kind == "nested":
        _check_number("inner", settings["inner"], 2, "")


def _check_number(key: str, number: object, least: int, why: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        fewer = ": fewer leave a fold without training clips" if least > 1 else ""
        raise StudyError(f"{key}: found {number!r}, expected {least} or more{fewer}{why}")


def subjects(pattern: str) -> list[str]:
    """The names that a pattern stands for: a name for itself, F011-F015 (or F011-015) for five of three digits each.

    Raises StudyError for a range that runs backwards, or into the ten thousands.
    """
    match = RANGE.fullmatch(pattern)
    if not match or match["again"] not in ("", match["prefix"]):
        return [pattern]
    first, last = int(match["first"]), int(match["last"])
    if not first <= last < first + MOST:
        raise StudyError(f"{pattern}: no range of subjects; expected the lower number first, as F011-F015")
    return [f"{match['prefix']}{number:0{len(match['first'])}}" for number in range(first, last + 1)]
