"""Audit what was trained, searched, fused and scored: was each fitted and chosen on its own rows? It never fails."""

import json
import logging
import sys

from ferstudy.command import run
from ferstudy.jobs.audit_run import AuditRun
from ferstudy.run_audit.audit import audit
from ferstudy.whole_files import write_text


def main(job: AuditRun) -> None:
    """Write what was found."""
    found = audit(job)
    write_text(job.out, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    for each in found["findings"]:
        logging.getLogger(__name__).info("%-8s%s: %s", each["status"], each["title"], each["text"])


if __name__ == "__main__":
    sys.exit(run(main, AuditRun))
