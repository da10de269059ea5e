"""The results tables as files: CSV with all digits for machines, LaTeX for papers."""

from pathlib import Path

from ferstudy.files import write_text
from ferstudy.report.numbers import DASH, interval, uar
from ferstudy.report.ranking import Entry, Panel
from ferstudy.tables.scores import Score
from ferstudy.tables.write import write_rows

COLUMNS = (
    "dataset", "protocol", "model", "kind", "best", "development_uar", "test_uar", "test_low", "test_high", "interval",
    "subjects", "clips", "accuracy", "macro_f1", "own_best_epochs_uar", "leak", "trials",
)  # fmt: skip
SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "–": "--",
}  # fmt: skip


def write(panels: list[Panel], folder: str | Path) -> list[Path]:
    """Write results.csv with every panel and one .tex file per panel; return the paths."""
    folder = Path(folder)
    rows = [_row(panel, entry) for panel in panels for entry in panel.entries]
    write_rows(folder / "results.csv", COLUMNS, rows)
    paths = [folder / "results.csv"]
    for panel in panels:
        path = folder / f"{panel.protocol.dataset}.{panel.protocol.protocol}.tex"
        write_text(path, latex(panel))
        paths.append(path)
    return paths


def _value(score: Score | None) -> float | None:
    return None if score is None else score.value


def _trials(entry: Entry) -> str:
    """Among how many trials the settings were chosen, as 75, or 75+20 with its backbone's; empty without a search."""
    return "+".join(str(search.trials) for search in entry.searches)


def _row(panel: Panel, entry: Entry) -> list:
    test = entry.test
    best = panel.best is not None and panel.best.name == entry.name
    bounds = [test.low, test.high, test.interval, test.subjects, test.clips] if test else [None] * 5
    return [
        panel.protocol.dataset, panel.protocol.protocol, entry.name, entry.kind, int(best), _value(entry.development),
        _value(test), *bounds, _value(entry.accuracy), _value(entry.macro_f1), _value(entry.selected),
        panel.protocol.leak, _trials(entry),
    ]  # fmt: skip


def escaped(text: str) -> str:
    """`text` as LaTeX sets it."""
    return "".join(SPECIAL.get(letter, letter) for letter in text)


def latex(panel: Panel) -> str:
    """The scores of one panel as a LaTeX table (booktabs), best in development in bold."""
    searched = any(entry.searches for entry in panel.entries)
    more = " & Trials" if searched else ""
    lines = [
        r"% made by ferstudy; needs \usepackage{booktabs}",
        *([f"% THIS PROTOCOL LEAKS: {escaped(panel.protocol.leak)}"] if panel.protocol.leak else []),
        r"\begin{tabular}{lrrrrrr%s}" % ("r" * searched),
        r"\toprule",
        rf"Model & Dev. UAR & Test UAR & 95\,\% interval & Subjects & Accuracy & Macro-F1{more} \\",
        r"\midrule",
        " & ".join(
            [r"\emph{chance}", "--", uar(panel.chance).replace(DASH, "--"), "--", "--", "--", "--", *["--"] * searched]
        )
        + r" \\",
    ]
    for entry in panel.entries:
        test = entry.test
        best = panel.best is not None and panel.best.name == entry.name
        name = rf"\textbf{{{escaped(entry.name)}}}" if best else escaped(entry.name)
        numbers = [
            uar(entry.development.value) if entry.development else DASH,
            uar(test.value) if test else "missing",
            interval(test.low, test.high).replace(" to ", "–") if test else DASH,
            str(test.subjects) if test else DASH,
            uar(entry.accuracy.value) if entry.accuracy else DASH,
            uar(entry.macro_f1.value) if entry.macro_f1 else DASH,
            *([_trials(entry) or DASH] if searched else []),
        ]
        lines.append(" & ".join([name, *map(escaped, numbers)]) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])
