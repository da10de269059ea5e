"""Faces in single frames: YuNet, a small convolutional network, by a model file of the user's.

Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 2023; OpenCV's
FaceDetectorYN runs it.
"""

import cv2
import numpy as np

from ferstudy.video.detectors.search import inside, model_file, refused, searched

MODEL = "'face_detection_yunet_2023mar.onnx', published in github.com/opencv/opencv_zoo, models/face_detection_yunet"


class YuNet:
    """The detector of the file `model`; faces below `confidence` (0..1) are not believed.

    `scale` and `smallest` as of `searched`. Raises StudyError for a missing or unreadable file.
    """

    name = "yunet"

    def __init__(self, model: str | None, confidence: float, scale: float, smallest: float):
        self.scale, self.smallest = scale, smallest
        path = model_file("yunet", "model", model, MODEL)
        try:
            self._detector = cv2.FaceDetectorYN.create(path, "", (320, 320), score_threshold=confidence)
            self._look(np.zeros((320, 320, 3), np.uint8))
        except cv2.error as error:
            raise refused("yunet", path, error) from None

    def faces(self, frame: np.ndarray) -> np.ndarray:
        """(n, 4) float64 boxes x, y, w, h in px of `frame` (BGR or grey, uint8); n may be 0."""
        colour = frame if frame.ndim == 3 else cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
        return searched(colour, self.scale, self.smallest, self._look)

    def _look(self, image: np.ndarray) -> np.ndarray:
        self._detector.setInputSize(image.shape[1::-1])
        _, faces = self._detector.detect(image)
        # Of a face: x, y, w, h, five landmarks, confidence; None without a face.
        boxes = np.zeros((0, 4)) if faces is None else faces[:, :4].astype(float)
        return inside(boxes, image.shape)
