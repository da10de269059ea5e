"""How long jobs took, by the files that Snakemake's benchmarks left behind."""

import csv
from pathlib import Path

# Below the study folder, where Snakemake runs (see scripts/ferstudy/paths.py, which is not on the path here).
BENCHMARKS = Path("results/benchmarks")
ANSWER, PAGE = Path("results/report/answer.txt"), Path("results/report/study.html")


def means(folder: Path = BENCHMARKS) -> dict[str, float]:
    """{rule: mean seconds of its jobs}; a file that cannot be read counts for nothing."""
    seconds: dict[str, list[float]] = {}
    for path in folder.rglob("*.tsv"):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        try:
            with open(path, newline="", encoding="utf-8") as file:
                seconds.setdefault(rule, []).extend(float(row["s"]) for row in csv.DictReader(file, delimiter="\t"))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return {rule: sum(own) / len(own) for rule, own in seconds.items() if own}


def result() -> list[str]:
    """The answer of the study in words, and where the page is; nothing where there is no page."""
    try:
        answer = ANSWER.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [*answer, f"The page: {PAGE.resolve()}"]


def last_line(log: str) -> str:
    """The last line of a log that is not empty, without the name of the script; empty where there is none."""
    try:
        lines = Path(log).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    line = next((line.strip() for line in reversed(lines) if line.strip()), "")
    script, _, rest = line.partition(".py: ")
    return rest if rest and script.isidentifier() else line
