"""The face detector that a recipe asks for."""

from collections.abc import Mapping
from typing import Any

from ferstudy.errors import StudyError
from ferstudy.video.detect import Haar
from ferstudy.video.detectors.confirm import Confirmed, Eyes, Second

NAMES = ("haar", "hog", "ssd", "yunet")
OPINIONS = ("none", "eyes", "dlib")
OPINION_SIDE = 120  # px of a face for dlib's second opinion, half as much again as its window


def build(settings: Mapping[str, Any]) -> Any:
    """The detector of the `detector` section of a recipe (keys that are missing have the detector's own defaults).

    It has `name` and `faces(frame) -> (n, 4)` float64 x, y, w, h in px of the frame (BGR or grey, uint8). Raises
    StudyError for an unknown name and for a model file that is missing or cannot be used.
    """
    detector = _detector(settings)
    opinion = settings.get("confirm", "none")
    if opinion not in OPINIONS:
        raise StudyError(f"recipe: detector/confirm is {opinion!r}, expected {', '.join(OPINIONS)}")
    if opinion == "eyes":
        return Confirmed(detector, Eyes(), opinion)
    if opinion == "dlib":
        from ferstudy.video.detectors.hog import Hog

        return Confirmed(detector, Second(Hog(scale=1.0, smallest=0.0), OPINION_SIDE), opinion)
    return detector


def _detector(settings: Mapping[str, Any]) -> Any:
    """Imports only what the detector needs: dlib takes its time, and is not there in every environment."""
    name = settings.get("name", NAMES[0])
    if name == "haar":
        return Haar(**_some(settings, "scale", "step", "neighbours", "smallest", "cascade"))
    if name == "hog":
        from ferstudy.video.detectors.hog import Hog

        return Hog(**_some(settings, "scale", "smallest"))
    if name == "ssd":
        from ferstudy.video.detectors.ssd import Ssd

        return Ssd(**_some(settings, "model", "config", "confidence", "smallest"))
    if name == "yunet":
        from ferstudy.video.detectors.yunet import YuNet

        return YuNet(**_some(settings, "model", "confidence", "scale", "smallest"))
    raise StudyError(f"recipe: no detector {name!r}, expected {', '.join(NAMES)}")


def _some(settings: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: settings[key] for key in keys if key in settings}
