"""Network files: what others have trained and this study has run."""

from ferstudy.report.blocks import PageTable, columns, row
from ferstudy.report.names import NOT_SHOWN
from ferstudy.report.numbers import DASH, listed
from ferstudy.report.records import Results
from ferstudy.study import network_files


def table(results: Results) -> PageTable | None:
    """A row for each backbone of a file, with what is read where the file was not there; None without one."""
    rows = []
    for name in network_files.paths_of(results.study.backbones):
        entry = results.study.backbones[name]
        told, digest = entry["file"], results.networks.get(name, "")
        trained = network_files.trained_on(entry)
        file = NOT_SHOWN if results.public else told["path"]
        rows.append(
            row(
                f"`{name}`", f"`{file}`", f"`{digest[:12]}`" if digest else DASH,
                network_files.named_format(told), listed(trained) or "unknown", _read(results, name, entry),
            )
        )  # fmt: skip
    if not rows:
        return None
    return PageTable(
        id="network-files",
        caption="Networks that others have trained",
        columns=columns("Backbone", "File", "SHA-256", "Format", "Trained on", "Read by"),
        rows=tuple(rows),
        how="The file is run as it is. What it was trained on is what the config states; the audit says what follows.",
        compact=True,
    )


def _read(results: Results, name: str, entry: dict) -> str:
    if entry.get("taken") == "otherwise":
        backbone, layer = entry["otherwise"]["backbone"], entry["otherwise"]["layer"]
        return f"nobody: the file was not there, and `{layer}` of `{backbone}` was read instead"
    models = results.study.config["architectures"].items()
    return listed([f"`{model}`" for model, told in models if told["input"].get("backbone") == name]) or "nobody"
