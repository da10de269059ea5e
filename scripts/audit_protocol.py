"""Audit a protocol's fold table: leaks, copies, selection on test clips, confounded folds. It never fails."""

import json
import logging
import sys

from ferstudy.command import run
from ferstudy.jobs.audit_protocol import AuditProtocol
from ferstudy.protocols.audit import audit
from ferstudy.tables.pairs import COLUMNS
from ferstudy.tables.write import write_rows
from ferstudy.whole_files import write_text


def main(job: AuditProtocol) -> None:
    """Write the audit and its pairs."""
    found, pairs = audit(job)
    write_rows(job.pairs, COLUMNS, pairs)
    write_text(job.out, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    for each in found["findings"]:
        logging.getLogger(__name__).info("%-8s%s: %s", each["status"], each["title"], each["text"])


if __name__ == "__main__":
    sys.exit(run(main, AuditProtocol))
