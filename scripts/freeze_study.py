"""Freeze the plan of a study before its test rows are opened: results/frozen.json gets its digest, and its time."""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.provenance.record import commit
from ferstudy.study import plan
from ferstudy.study.config import study_in
from ferstudy.study.grid import Study
from ferstudy.tables import folds, ledger
from ferstudy.whole_files import write_text


def main() -> None:
    """Freeze every dataset and protocol whose test rows nobody has opened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path(), help="the study folder")
    os.chdir(parser.parse_args().directory)
    print("\n".join(freeze(study_in(Path()))))


def freeze(study: Study) -> list[str]:
    """Write the plans below the study folder, where the process is; a line for each dataset and protocol.

    A plan that nobody has opened may be frozen again. Raises StudyError where all are opened.
    """
    file = Path(paths.FROZEN)
    frozen = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    opened = {row[1:3]: row.time for row in reversed(ledger.read(paths.LEDGER))}
    time, lines = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), []
    for dataset, protocol in study.pairs:
        name = f"{dataset}/{protocol}"
        if (dataset, protocol) in opened:
            lines.append(f"{name}: not frozen now, its test rows were opened on {opened[dataset, protocol]}")
            continue
        table, planned = paths.folds(dataset, protocol), plan.plan(study, dataset, protocol)
        of_folds = folds.digest(table) if Path(table).exists() else ""
        frozen[name] = {
            "time": time, "config_sha256": plan.digest(planned), "folds_sha256": of_folds, "commit": commit(),
            "plan": planned,
        }  # fmt: skip
        with_folds = "with its fold table" if of_folds else "without a fold table, which is not dealt yet"
        lines.append(f"{name}: frozen {with_folds}, {frozen[name]['config_sha256'][:12]}")
    if not any(": frozen" in line for line in lines):
        raise StudyError(
            f"nothing can be frozen any more. {'; '.join(lines)}. Freeze a plan before its test rows are scored"
        )
    write_text(file, json.dumps(frozen, indent=1, ensure_ascii=False) + "\n")
    return lines


if __name__ == "__main__":
    sys.exit(run(main))
