"""How long the clips of each class are, in their videos, with a face, and after their ends were cut off."""

from ferstudy.report.blocks import some
from ferstudy.report.data_figures import LengthBoxes
from ferstudy.report.records import DatasetResults, FaceResults
from ferstudy.tables.clips import Clip

HOW = (
    "A box goes from the first to the third quartile of the clips of a class, the stroke in it is their median, and "
    "the thin line reaches from the shortest to the longest."
)


def pictures(dataset: DatasetResults) -> tuple[LengthBoxes, ...]:
    """A picture for each recipe of crops; none where lengths are not known, or all clips are of one length."""
    return some(*(_boxes(dataset, face) for face in dataset.faces if face.what == "faces"))


def _boxes(dataset: DatasetResults, face: FaceResults) -> LengthBoxes | None:
    clips = dataset.clips or []
    known = {clip.clip: face.found(clip.clip)[0] for clip in clips if face.found(clip.clip)}
    stages = {
        "whole clip": {name: of for name, (_, of) in known.items()},
        "with a face": {name: have for name, (have, _) in known.items()},
        "after trimming": _trimmed(face, clips),
    }
    if stages["with a face"] == stages["whole clip"]:
        del stages["with a face"]
    stages = {stage: lengths for stage, lengths in stages.items() if lengths}
    if len({length for lengths in stages.values() for length in lengths.values()}) < 2:
        return None
    return LengthBoxes(
        id=f"lengths-{dataset.name}-{face.leaf}-{face.recipe}",
        title=f"Lengths of clips of {face.leaf}, {face.recipe}",
        note=HOW,
        rows=dataset.classes,
        stages=tuple(stages),
        lengths=tuple(
            tuple(
                tuple(lengths[clip.clip] for clip in clips if clip.label == label and clip.clip in lengths)
                for lengths in stages.values()
            )
            for label in dataset.classes
        ),
    )


def _trimmed(face: FaceResults, clips: list[Clip]) -> dict[str, int]:
    """{clip of the dataset: frames that are left of it}; nothing where nothing is trimmed."""
    left = {trim.clip: trim.last - trim.first + 1 for trim in face.trims or []}
    names = {clip.clip: clip.clip if clip.clip in left else clip.clip.removeprefix(f"{face.leaf}/") for clip in clips}
    return {clip: left[name] for clip, name in names.items() if name in left}
