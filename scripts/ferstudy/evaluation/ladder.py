"""What a protocol is worth: the same model, tested on the same clips, as two protocols deal them."""

from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation.evidence import gather
from ferstudy.evaluation.paired import Settings, differences
from ferstudy.tables.predictions import Predictions


class Step(NamedTuple):
    """The test UAR of a model under a protocol and under the reference, on the clips that both test.

    `low` and `high` bound the difference `uar - reference` (a paired interval over people, None without one, as
    `interval` says).
    """

    uar: float
    reference: float
    low: float | None
    high: float | None
    interval: str
    separable: bool
    clips: int

    @property
    def worth(self) -> float:
        """How much more the protocol gives than the reference."""
        return self.uar - self.reference


def step(rows: Predictions, reference: Predictions, settings: Settings) -> Step | str:
    """What the test `rows` of a model are worth against its rows under the reference; why that cannot be told, else.

    Only clips that both test are compared. Each must be tested once in a run.
    """
    both = sorted({*rows.clip} & {*reference.clip})
    if not both:
        return "tests none of the same clips"
    pair = {name: one.where(np.isin(one.clip, both)) for name, one in (("own", rows), ("reference", reference))}
    try:
        evidence = gather(pair, False)
    except StudyError:
        return "tests a clip more than once, so that no two scores are of the same rows"
    found = differences(evidence, [("own", "reference")], settings)["differences"][0]
    own, other = evidence.uar().tolist()
    bounds = (found["low"], found["high"], found["interval"], found["separable"])
    return Step(own, other, *bounds, len(both))
