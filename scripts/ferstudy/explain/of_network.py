"""Explaining the answers of a network."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from ferstudy.explain import randomised
from ferstudy.explain.chosen_clips import ChosenClip
from ferstudy.explain.explained import SIDE, ExplainedClip
from ferstudy.explain.last_convolutions import cut
from ferstudy.explain.network_view import FeatureView, PixelView, frozen, reader_of
from ferstudy.explain.sanity import CHECKED, DRAWS, rank_correlation
from ferstudy.models import bundle, saved_network
from ferstudy.models.clip import ClipInputs

NO_MAP = "no convolution over a picture lies between the crops and its answer"


class NetworkExplainer:
    """The network at `path`, and the backbone at `backbone` up to `layer` where it reads its stored features."""

    def __init__(self, path: Path, backbone: Path | None, layer: str):
        self.network, self.reader = saved_network.load(path), reader_of(bundle.describe(path))
        self.backbone = saved_network.up_to(saved_network.load(backbone), layer) if backbone else None
        self.describer = reader_of(bundle.describe(backbone)) if backbone else None
        self.view = self._view(self.network, self.backbone)
        self.random = [self._random(draw) for draw in range(1, DRAWS + 1)] if self.view else []
        self.correlations: list[float] = []

    def explain(self, chosen: ChosenClip, place: int, clip: ClipInputs, crops: ClipInputs | None) -> ExplainedClip:
        """The samples of a clip, and the maps for its answer, the class `place`."""
        samples = self.reader.samples(clip)
        alone = [sample for sample, _ in samples]
        shown = self.view.shown(clip, samples) if self.view else np.zeros(0, int)
        maps = self.view.maps(samples, shown, place, crops) if self.view else np.zeros((0, SIDE, SIDE), "float32")
        if len(self.correlations) < CHECKED * len(self.random):
            others = [view.maps(samples, shown, place, crops) for view in self.random]
            self.correlations += [rank_correlation(maps, other) for other in others]
        first, last = (np.array([getattr(one, end) for one in alone]) for end in ("first", "last"))
        return ExplainedClip(chosen, first, last, self.reader.answers(self.network, alone), shown, maps)

    def facts(self) -> dict[str, Any]:
        """By what the maps were made."""
        if self.view is None:
            return {"method": "none", "why": NO_MAP}
        return {"method": "grad-cam", "layers": self.view.names, "backbone": isinstance(self.view, FeatureView)}

    def _view(self, network: keras.Model, backbone: keras.Model | None) -> PixelView | FeatureView | None:
        if cut(network):
            return PixelView(self.reader, network)
        if backbone is not None and cut(backbone):
            return FeatureView(self.reader, network, backbone, self.describer)
        within = frozen(network)
        return FeatureView(self.reader, network, within.network, None) if within and cut(within.network) else None

    def _random(self, draw: int) -> PixelView | FeatureView:
        backbone = self.backbone and randomised.network(self.backbone, draw)
        return self._view(randomised.network(self.network, draw), backbone)
