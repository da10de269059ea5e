"""What is written down of a run, so that it can be made again."""

import subprocess
from pathlib import Path


def commit() -> str:
    """The commit of the code, with "+" after it where files differ from it; empty outside a git checkout."""
    folder = Path(__file__).parent
    try:
        head = subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        changes = subprocess.run(
            ["git", "-C", folder, "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.stdout.strip() + ("+" if changes.stdout.strip() else "")
