"""Faces in single frames: OpenCV's ResNet-10 single-shot detector, by a model file of the user's.

Liu et al., "SSD: Single Shot MultiBox Detector", ECCV 2016. Any network of the same input (300 x 300, the mean below)
and output (1, 1, n, 7: image, class, confidence, left, top, right, bottom in parts of the frame) does.
"""

import cv2
import numpy as np

from ferstudy.video.detectors.search import inside, model_file, refused

SIDE = 300  # px
MEAN = (104.0, 177.0, 123.0)  # BGR, of its training images
MODEL = "'res10_300x300_ssd_iter_140000.caffemodel', published in github.com/opencv/opencv_3rdparty"
CONFIG = "'deploy.prototxt', published in github.com/opencv/opencv, samples/dnn/face_detector"


class Ssd:
    """The detector of the files `model` and `config`; faces below `confidence` (0..1) are not believed.

    The whole frame is squeezed to 300 x 300 px, whatever its shape, as in training. `smallest` (0..1) is the smallest
    face in parts of the frame's short side. Raises StudyError for a missing or unreadable file.
    """

    name = "ssd"

    def __init__(self, model: str | None, config: str | None, confidence: float, smallest: float):
        self.confidence, self.smallest = confidence, smallest
        model, config = model_file("ssd", "model", model, MODEL), model_file("ssd", "config", config, CONFIG)
        try:
            self._network = cv2.dnn.readNet(model, config)
            self._forward(np.zeros((SIDE, SIDE, 3), np.uint8))
        except (cv2.error, ValueError) as error:
            raise refused("ssd", f"{model} with {config}", error) from None

    def _forward(self, frame: np.ndarray) -> np.ndarray:
        self._network.setInput(cv2.dnn.blobFromImage(frame, 1.0, (SIDE, SIDE), MEAN))
        output = self._network.forward()
        if output.ndim != 4 or output.shape[3] != 7:
            raise ValueError(f"its output has the shape {output.shape}, expected (1, 1, n, 7)")
        return output[0, 0]

    def faces(self, frame: np.ndarray) -> np.ndarray:
        """(n, 4) float64 boxes x, y, w, h in px of `frame` (BGR or grey, uint8); n may be 0."""
        colour = frame if frame.ndim == 3 else cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
        return boxes_of(self._forward(colour), colour.shape, self.confidence, self.smallest)


def boxes_of(rows: np.ndarray, shape: tuple[int, ...], confidence: float, smallest: float) -> np.ndarray:
    """(n, 4) boxes of `rows` (image, class, confidence, left, top, right, bottom) in a frame of `shape`."""
    height, width = shape[:2]
    believed = rows[rows[:, 2] >= max(confidence, np.finfo("f4").tiny)].astype(float)  # rows of zeros fill up
    corners = believed[:, 3:] * (width, height, width, height)
    boxes = inside(np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]]), shape)
    return boxes[boxes[:, 2:].max(1, initial=0) >= smallest * min(height, width)]
