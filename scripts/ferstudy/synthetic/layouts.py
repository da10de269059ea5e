"""How the rendered videos are laid out: as one of the raw layouts that the adapters read."""

from collections.abc import Sequence
from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.synthetic.identity import Identity
from ferstudy.tables.write import write_rows

MANIFEST_COLUMNS = ("clip", "path", "subject", "label", "age", "sex")
BU4DFE_WORDS = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprise",
}


class Manifest:
    """Any number of clips per class, listed in manifest.csv."""

    @staticmethod
    def check(classes: Sequence[str], people: range, clips_per_class: int) -> None:
        """Any number of anything fits."""

    @staticmethod
    def clip(who: Identity, label: str, take: int) -> str:
        """The clip's name."""
        return f"{who.subject}_{label}_{take + 1}"

    @staticmethod
    def file(clip: str) -> str:
        """The video's path below the root."""
        return f"{clip}.mp4"

    @staticmethod
    def finish(root: Path, rows: list[tuple[str, Identity, str]]) -> None:
        """Write what the layout has beside the videos; `rows` are (clip, person, label)."""
        cells = ((clip, Manifest.file(clip), who.subject, label, who.age, who.sex) for clip, who, label in rows)
        write_rows(root / "manifest.csv", MANIFEST_COLUMNS, cells)


class Bu4dfe:
    """One clip per person and expression, named as in the thesis: `M042_happy_tex.avi`."""

    @staticmethod
    def check(classes: Sequence[str], people: range, clips_per_class: int) -> None:
        """Raise StudyError for what the layout has no names for."""
        if clips_per_class != 1:
            raise StudyError(
                f"render: layout bu4dfe has one clip per person and expression, clips_per_class is {clips_per_class}; "
                "set it to 1, or choose layout manifest"
            )
        if people.stop > 1000:
            raise StudyError(
                f"render: layout bu4dfe numbers people 000 to 999, found {people.stop - 1}; lower first_person"
            )
        for label in classes:
            if label not in BU4DFE_WORDS:
                raise StudyError(
                    f"render: layout bu4dfe has no expression {label!r}, expected {', '.join(BU4DFE_WORDS)}"
                )

    @staticmethod
    def clip(who: Identity, label: str, take: int) -> str:
        """The clip's name."""
        return f"{who.subject}_{BU4DFE_WORDS[label]}"

    @staticmethod
    def file(clip: str) -> str:
        """The video's path below the root."""
        return f"{clip}_tex.avi"

    @staticmethod
    def finish(root: Path, rows: list[tuple[str, Identity, str]]) -> None:
        """The file names say everything."""


LAYOUTS = {"manifest": Manifest, "bu4dfe": Bu4dfe}


def remove_stale(root: Path) -> None:
    """Delete what an earlier rendering of any layout left in `root`; other files are left alone."""
    for pattern in ("manifest.csv", "[FM][0-9][0-9][0-9]*.mp4", "[FM][0-9][0-9][0-9]*_tex.avi"):
        for path in root.glob(pattern):
            path.unlink()
