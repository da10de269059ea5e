"""Measure what one trained model costs per clip: operations, seconds with one thread, memory."""

import json
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.jobs.measure_model import MeasureModel
from ferstudy.models import bundle, saved_estimator
from ferstudy.models.cut import crops
from ferstudy.training import backend, cost
from ferstudy.training.inputs import load
from ferstudy.whole_files import write_text


def main(job: MeasureModel) -> None:
    """Measure and write."""
    stores = {kind: list(map(Path, getattr(job, kind))) for kind in ("faces", "flow", "features", "landmarks")}
    clips = cost.typical(job.kinds, stores)
    described = bundle.describe(job.model)
    estimator = "trusted_types" in described  # of scikit-learn
    if job.backbone or not estimator:
        backend.start(job.backend, 1, seed=0)
        from ferstudy.training import network_cost  # imports Keras, which must find its threads set
    if estimator:
        model = saved_estimator.load(job.model)
        found = cost.of_estimator(model, saved_estimator.parameters(model), described, clips)
    else:
        found = network_cost.of_network(Path(job.model), described, clips)
    clip = found.pop("clip")
    found["model_mb"] = cost.file_mb(job.model)
    found["frames"] = len(clip.frame) if clip.flow is None else crops(clip)
    if job.backbone:
        faces = load(("faces",), stores, [clip.name])[clip.name]
        found["backbone"] = network_cost.of_backbone(Path(job.backbone), job.layer, job.precision, faces)
        found["backbone"]["model_mb"] = cost.file_mb(job.backbone)
    said = {"cell": [job.dataset, job.protocol, job.architecture, job.fold], **cost.machine(), "code": job.code}
    said |= {"memory_mb": cost.memory_mb(), "not_counted": cost.not_counted(job.kinds, bool(job.backbone))}
    write_text(job.out, json.dumps(found | said, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(run(main, MeasureModel))
