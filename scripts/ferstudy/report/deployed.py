"""The models that were trained on all clips, for use; they have no scores of their own."""

from ferstudy import paths
from ferstudy.report.blocks import Table, columns, row
from ferstudy.report.load import Study
from ferstudy.report.numbers import count

HOW = (
    "Trained on every clip that has a role, test clips too, for the mean of the folds' best epochs. Nothing is left "
    "that such a model could be tested on, so it has no scores of its own: those of the same architecture under the "
    "same protocol stand for it, whose models saw fewer people."
)


def deployed(study: Study) -> Table | None:
    """A row for each deployed model that was trained, with the scores that stand for it; None without one."""
    rows = []
    for cell in study.cells:
        for record in cell.records:
            where = record.get("cell") or {}
            if where.get("fold") == "deploy":
                path = paths.model(cell.dataset, cell.protocol, cell.model, "deploy", where["run"], "model.zip")
                rows.append(
                    row(
                        f"`{cell.model}`", f"`{cell.dataset}` `{cell.protocol}`", str(record.get("train_clips", "")),
                        str(record.get("epochs_run", "")), f"`{path}`", _stand_in(cell.folds),
                    )
                )  # fmt: skip
    if not rows:
        return None
    return Table(
        id="deployed",
        caption="Models for use",
        columns=columns("Model", "Setting", "#Clips", "#Epochs", "File", "Scores that stand for it"),
        rows=tuple(rows),
        how=HOW,
        compact=True,
    )


def _stand_in(folds: tuple[str, ...]) -> str:
    """Whose test scores are shown for the architecture."""
    outer = sum(fold.endswith(".final") for fold in folds)
    if outer:
        return f"the final models of {count(outer, 'outer fold')}, pooled"
    if "final" in folds:
        return "`final` on the held-out people"
    return f"{count(sum(fold != 'deploy' for fold in folds), 'fold')}, each on its own test clips"
