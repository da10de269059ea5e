"""The kept fold table: where everyone was dealt last time, so that one new video does not change every fold.

It is a file in live state, written with the output: Snakemake deletes an output before the job that makes it.
"""

import json
from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.whole_files import write_text

FILE = "blocks.json"


def read(state: str | Path, settings: dict) -> dict[str, str]:
    """The block of each unit as last dealt under these `settings`; empty if there is none or they have changed."""
    path = Path(state) / FILE
    if not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return kept["blocks"] if kept["settings"] == settings else {}
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"{path}: this is not a kept fold table ({error}); restore it, or delete it to deal all subjects anew"
        ) from error


def write(state: str | Path, settings: dict, blocks: dict[str, str]) -> None:
    """Keep `blocks` (block by unit) for the next time."""
    kept = {"settings": settings, "blocks": dict(sorted(blocks.items()))}
    write_text(Path(state) / FILE, json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
