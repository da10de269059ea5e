"""The gates of a study: stops at a dataset with too few faces, and at a protocol that leaks without being accepted."""

import json
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.jobs.check_gate import CheckGate
from ferstudy.protocols.findings import admit
from ferstudy.provenance import gates
from ferstudy.video.coverage import verdict
from ferstudy.whole_files import write_text


def main(job: CheckGate) -> None:
    """Write what was found, or fail with it."""
    told = (
        verdict(json.loads(Path(job.faces).read_text(encoding="utf-8"))) if job.faces else admit(job.audit, job.trained)
    )
    print(told)
    write_text(job.out, f"{told}\n{gates.digest(job.faces or job.audit)}\n")


if __name__ == "__main__":
    sys.exit(run(main, CheckGate))
