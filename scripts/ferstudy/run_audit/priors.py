"""Whether clips without a face are answered by the class frequencies of their fold's training clips, and no others."""

from collections.abc import Iterable, Iterator

import numpy as np

from ferstudy.run_audit.faults import Fault
from ferstudy.run_audit.training_files import Dealt, TrainingFiles, place
from ferstudy.tables.predictions import Predictions

CHECK, TITLE = "prior", "The prior is that of training rows"
CLOSE = 1e-6  # validation rows are kept as float32


def prior(dealt: Dealt, fold: str) -> np.ndarray:
    """Class frequencies (classes,) of the training clips of `fold`; all alike where it has none."""
    labels = [dealt.clips[clip].label for clip in dealt.roles(fold)["train"] if clip in dealt.clips]
    counts = np.array([labels.count(name) for name in dealt.classes], float)
    return counts / counts.sum() if counts.sum() else np.full(len(counts), 1 / len(counts))


def faults(one: TrainingFiles, dealt: Dealt) -> Iterator[Fault]:
    """What the record, the predictions and the validation rows of a training have for a prior."""
    wanted = prior(dealt, one.fold)
    said = one.record.get("prior")
    if said is not None and not np.allclose(said, wanted, atol=CLOSE):
        yield Fault(one.where, f"its record has the prior {shares(said)}, the training rows give {shares(wanted)}")
    yield from of_rows(one.predictions, dealt)
    lost = ~one.validation.covered
    off = np.abs(one.validation.probabilities[:, lost] - wanted).max((0, 2), initial=0) > CLOSE
    if off.any():
        clips = frozenset(one.validation.clips[lost][off])
        yield Fault(one.where, f"validation clips without a face have another answer than {shares(wanted)}", clips)


def of_rows(rows: Predictions, dealt: Dealt) -> Iterator[Fault]:
    """The rows of clips without a face in a predictions table, of a training or of others."""
    lost = rows.where(~rows.covered)
    for model, fold, run in sorted(set(zip(lost.model, lost.fold, lost.run.tolist(), strict=True))):
        own = lost.where((lost.model == model) & (lost.fold == fold) & (lost.run == run))
        wanted = prior(dealt, fold)
        off = np.abs(own.probabilities - wanted).max(1) > CLOSE
        if off.any():
            said = f"clips without a face are answered by {shares(own.probabilities[off][0])}"
            told = f"{said}, the training rows give {shares(wanted)}"
            yield Fault(place(model, fold, run), told, frozenset(own.clip[off]))


def shares(values: Iterable[float]) -> str:
    """Class frequencies in words."""
    return "/".join(f"{100 * value:.1f}" for value in values) + " %"
