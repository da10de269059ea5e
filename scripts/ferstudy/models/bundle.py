"""The file model.zip: model.json (what the model expects and says) and the model itself. No pickle."""

import json
import zipfile
from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.whole_files import replacing

DESCRIPTION = "model.json"
TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: equal models make equal files


def write(path: str | Path, description: dict, member: str, content: bytes) -> None:
    """Write model.zip with `description` as model.json and `content` under the name `member`."""
    text = json.dumps(description, indent=1, sort_keys=True).encode()
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, data in ((DESCRIPTION, text), (member, content)):
            archive.writestr(zipfile.ZipInfo(name, TIME), data)


def describe(path: str | Path) -> dict:
    """The model.json of the bundle at `path`."""
    return json.loads(read(path, DESCRIPTION))


def read(path: str | Path, member: str) -> bytes:
    """One member of the bundle at `path`; raises StudyError if it is not there."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except FileNotFoundError:
        raise StudyError(f"{path}: no such model; run the rule that writes it") from None
    except (zipfile.BadZipFile, KeyError) as error:
        raise StudyError(f"{path}: not a model with {member} in it ({error}); delete it and run again") from None
