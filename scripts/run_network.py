"""Describe every face crop of a shard, or of augmented copies of its clips, by a network that others have trained.

Copies are stored as clips named `<clip>#<copy>`; only those of training clips may be read by a training.
"""

import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.jobs.run_network import RunNetwork
from ferstudy.models import copies
from ferstudy.provenance.external import found_file
from ferstudy.training import backend

BY_BACKEND = ("keras_file", "saved_model")  # formats whose threads are those of Keras's backend


def main(job: RunNetwork) -> None:
    """Describe and write."""
    if job.format in BY_BACKEND:
        backend.start("tensorflow" if job.format == "saved_model" else job.backend, job.threads, seed=0)
    import cv2

    from ferstudy.models import file
    from ferstudy.training import file_features

    cv2.setNumThreads(1)
    copies.check(job.copies)
    describe = file.describer(Path(found_file(job.file)), job.network, job.threads)
    file_features.extract(Path(job.faces), describe, job.network["input"], Path(job.out), job.copies, job.seed)


if __name__ == "__main__":
    sys.exit(run(main, RunNetwork))
