"""Describe every face crop of a shard, or of augmented copies of its clips, by a layer of a trained backbone.

Copies are stored as clips named `<clip>#<copy>`; only those of training clips may be read by a training.
"""

import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.jobs.extract_features import ExtractFeatures
from ferstudy.training import backend


def main(job: ExtractFeatures) -> None:
    """Extract and write."""
    backend.start(job.backend, job.threads, seed=0)
    from ferstudy.training import features  # imports Keras, which must find its threads set

    faces, backbone, out = Path(job.faces), Path(job.backbone), Path(job.out)
    if job.copies:
        features.extract_copies(faces, backbone, job.layer, out, job.copies, job.seed, job.precision)
    else:
        features.extract(faces, backbone, job.layer, out, job.precision)


if __name__ == "__main__":
    sys.exit(run(main, ExtractFeatures))
