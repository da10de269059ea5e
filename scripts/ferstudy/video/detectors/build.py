"""The face detector that a recipe asks for."""

from typing import Any

from ferstudy.errors import StudyError
from ferstudy.video.detect import Haar
from ferstudy.video.detectors.confirm import Confirmed, Eyes, Second
from ferstudy.video.detectors.fallback import Fallback
from ferstudy.video.recipe import Detection

NAMES = ("haar", "hog", "ssd", "yunet")
OPINIONS = ("none", "eyes", "dlib")
SECONDS = ("none", "hog")
OPINION_SIDE = 120  # px of a face for dlib's second opinion, half as much again as its window


def build(wanted: Detection) -> Any:
    """The detector that a recipe asks for.

    It has `name` and `faces(frame) -> (n, 4)` float64 x, y, w, h in px of the frame (BGR or grey, uint8). Raises
    StudyError for an unknown name and for a model file that is missing or cannot be used.
    """
    return _confirmed(_detector(wanted), wanted.confirm)


def build_second(wanted: Detection) -> Any:
    """What looks where the detector of a recipe loses the face; None where the recipe wants nothing to."""
    if wanted.second not in SECONDS:
        raise StudyError(f"recipe: detector/second is {wanted.second!r}, expected {', '.join(SECONDS)}")
    if wanted.name != "haar" or wanted.second == "none":
        return None
    return _confirmed(Fallback(_detector(wanted), wanted.scale, wanted.smallest), wanted.confirm)


def _confirmed(detector: Any, opinion: str) -> Any:
    if opinion not in OPINIONS:
        raise StudyError(f"recipe: detector/confirm is {opinion!r}, expected {', '.join(OPINIONS)}")
    if opinion == "eyes":
        return Confirmed(detector, Eyes(), opinion)
    if opinion == "dlib":
        from ferstudy.video.detectors.hog import Hog

        return Confirmed(detector, Second(Hog(scale=1.0, smallest=0.0), OPINION_SIDE), opinion)
    return detector


def _detector(wanted: Detection) -> Any:
    """Imports only what the detector needs: dlib takes its time, and is not there in every environment."""
    if wanted.name == "haar":
        return Haar(wanted.scale, wanted.step, wanted.neighbours, wanted.smallest, wanted.cascade)
    if wanted.name == "hog":
        from ferstudy.video.detectors.hog import Hog

        return Hog(wanted.scale, wanted.smallest)
    if wanted.name == "ssd":
        from ferstudy.video.detectors.ssd import Ssd

        return Ssd(wanted.model, wanted.config, wanted.confidence, wanted.smallest)
    if wanted.name == "yunet":
        from ferstudy.video.detectors.yunet import YuNet

        return YuNet(wanted.model, wanted.confidence, wanted.scale, wanted.smallest)
    raise StudyError(f"recipe: no detector {wanted.name!r}, expected {', '.join(NAMES)}")
