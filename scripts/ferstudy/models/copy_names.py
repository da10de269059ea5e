"""The names of augmented copies, and the sets that the source studies make of them. Standard library only.

A copy is named by its steps, joined by commas, each a word and its amount: `flip`, `blur`, `rotate+8`, `brightness-20`,
`contrast0.5`, `noise1`, `rotate-5,flip`.
"""

import re
from collections.abc import Mapping, Sequence

from ferstudy.errors import StudyError

STEP = re.compile(
    r"(flip|blur)()|(?:(rotate)([+-]\d+(?:\.\d+)?)|(brightness)([+-]\d+)|(contrast|noise)(\d+(?:\.\d+)?))"
)
ROTATIONS = {"flip": True, "include_unrotated": True}  # what goes with rotations, unless it is given
# The thesis prints "brightness down" as +20 and "contrast down" as x1.7 +50, which raise values; these lower them.
# Its factor below 1 is not printed: 0.5, the inverse of the other, is a documented guess.
THESIS = (
    "flip", "blur", "brightness+50", "brightness-20", "contrast2", "contrast0.5", "rotate+8", "rotate-8", "noise1",
)  # fmt: skip


def steps(name: str) -> list[tuple[str, float]]:
    """The steps of a copy as (word, amount), amount 0 where it has none; StudyError where the name is none."""
    matches = [STEP.fullmatch(step) for step in name.split(",")]
    if not all(matches):
        raise StudyError(
            f"copies: {name!r} is no copy; steps are flip, blur, rotate+8 or rotate-8 (degrees), brightness+50 or "
            "brightness-20 (grey levels), contrast2 or contrast0.5 (factor), noise1 (per cent), joined by commas"
        )
    pairs = [[part for part in step.groups() if part is not None] for step in matches]
    return [(word, float(amount or 0)) for word, amount in pairs]


def names(copies: str | Sequence[str] | Mapping) -> list[str]:
    """The copies that a config asks for: "thesis", a list of names, or {rotations: [5, 10], flip, include_unrotated}.

    Rotations are made to both sides, and with `flip` (true by default) each is mirrored as well. `include_unrotated`
    (true by default) adds the mirrored original: with the original itself that makes 14 clips of one for 5, 10, 15
    degrees, as the study of CK+ counts. Without it there are 8 for 5, 10, as it prints for SAVEE and AFEW, and the
    original is to be left out of training too. Raises StudyError for anything else.
    """
    if copies == "thesis":
        return list(THESIS)
    if isinstance(copies, Mapping):
        if unknown := sorted(set(copies) - {"rotations", *ROTATIONS}):
            raise StudyError(f"copies: {unknown[0]!r} is none of rotations, flip, include_unrotated")
        turned = [f"rotate{sign}{angle:g}" for angle in copies["rotations"] for sign in "+-"]
        asked = {**ROTATIONS, **copies}
        mirrored = [f"{name},flip" for name in turned] if asked["flip"] else []
        whole = ["flip"] if asked["flip"] and asked["include_unrotated"] else []
        wanted = [*turned, *mirrored, *whole]
    elif isinstance(copies, str):
        raise StudyError(f"copies: found {copies!r}, expected thesis, a list of copies, or rotations")
    else:
        wanted = list(copies)
    for name in wanted:
        steps(name)
    if len(set(wanted)) < len(wanted):
        raise StudyError(f"copies: one of {', '.join(wanted)} is named twice")
    return wanted


def leave_out_the_clip(copies: str | Sequence[str] | Mapping) -> bool:
    """Whether the clip that the copies are made of does not train itself."""
    return isinstance(copies, Mapping) and not {**ROTATIONS, **copies}["include_unrotated"]
