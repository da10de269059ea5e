"""What the clips table knows about a person."""

from ferstudy.tables.clips import Clip

COLUMNS = ("sex", "age", "ethnicity")


def facts(clips: list[Clip], column: str) -> list[str]:
    """The known values of `column` (one of COLUMNS) over the clips of one unit, each once, sorted.

    Usually one value; several where a unit is a group of people, or the table contradicts itself. Ages in years become
    ten-year bands ("20-29"), other texts stay as they are.
    """
    values = {getattr(clip, column).strip() for clip in clips} - {""}
    return sorted(map(_band, values) if column == "age" else values)


def _band(age: str) -> str:
    try:
        decade = int(float(age)) // 10 * 10
    except ValueError:
        return age
    return f"{decade}-{decade + 9}"
