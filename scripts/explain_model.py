"""Say of some test clips what a trained model answered sample by sample, and where on the face it looked."""

import logging
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.explain import explained, sanity
from ferstudy.explain.chosen_clips import chosen
from ferstudy.jobs.explain_model import ExplainModel
from ferstudy.models import bundle
from ferstudy.tables import predictions
from ferstudy.tables.predictions import Predictions
from ferstudy.training import backend
from ferstudy.training.inputs import load

log = logging.getLogger(__name__)


def main(job: ExplainModel) -> None:
    """Explain and write."""
    rows = predictions.read(job.predictions)
    picked = chosen(rows)
    names = [one.clip for one in picked]
    stores = {kind: list(map(Path, getattr(job, kind))) for kind in ("faces", "flow", "features", "landmarks")}
    clips = load(tuple(job.kinds), stores, names) if names else {}
    crops = load(("faces",), stores, names) if names and job.backbone else {}
    explainer = _explainer(job)
    found = [
        explainer.explain(one, rows.classes.index(one.answer), clips[one.clip], crops.get(one.clip)) for one in picked
    ]
    faces, of = _faces(job, rows, [(one, crops[one.clip]) for one in picked] if crops else [])
    facts = {
        "faces": of,
        "cell": [job.dataset, job.protocol, job.architecture, job.fold],
        "code": job.code,
        "check": sanity.summary(explainer.correlations),
        **explainer.facts(),
    }
    if facts["method"] == "none":
        facts["why"] = job.without or facts["why"]
    explained.write(found, rows.classes, facts, job.out, job.samples, job.maps, faces)
    log.info(
        "%d clips, %d of them with maps (%s)", len(found), sum(bool(len(one.frames)) for one in found), facts["method"]
    )


def _faces(job: ExplainModel, rows: Predictions, clips: list) -> tuple[list, dict]:
    """What the backbone makes of the first clip of each class whose face may be shown."""
    person, first = dict(zip(rows.clip, rows.subject, strict=True)), {}
    for one, crops in clips:
        if job.everybody or person[one.clip] in job.people:
            first.setdefault(one.truth, (one, crops))
    if not first:
        return [], {}
    from ferstudy.explain.feature_maps import of_faces  # imports Keras, which must find its threads set

    return of_faces(Path(job.backbone), job.layer, list(first.values()))


def _explainer(job: ExplainModel):
    """What explains the model: a network by its gradients, an estimator by hiding parts of the face."""
    path, backbone = Path(job.model), Path(job.backbone) if job.backbone else None
    estimator = "trusted_types" in bundle.describe(path)  # of scikit-learn
    if backbone or not estimator:
        backend.start(job.backend, 1, seed=0)
    if not estimator:
        from ferstudy.explain.of_network import NetworkExplainer  # imports Keras, which must find its threads set

        return NetworkExplainer(path, backbone, job.layer)
    from ferstudy.explain.of_estimator import EstimatorExplainer

    if backbone is None:
        return EstimatorExplainer(path, "flow" in job.kinds)
    from ferstudy.explain.describing import describer

    return EstimatorExplainer(path, False, *describer(backbone, job.layer))


if __name__ == "__main__":
    sys.exit(run(main, ExplainModel))
