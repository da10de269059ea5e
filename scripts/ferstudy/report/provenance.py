"""Provenance: what a person needs to make the same page again."""

import json
from collections import Counter
from dataclasses import dataclass

from ferstudy.report import nested
from ferstudy.report.blocks import Table, Term, columns, row
from ferstudy.report.deployed import deployed
from ferstudy.report.load import Study
from ferstudy.report.numbers import DASH, count, duration, listed
from ferstudy.report.searches import sentence


@dataclass(frozen=True)
class Provenance:
    """What made the numbers."""

    methods: tuple[str, ...]
    terms: tuple[Term, ...]
    warnings: tuple[str, ...]
    versions: Table | None
    trainings: Table | None
    folds: Table | None
    deployed: Table | None
    config_path: str
    config: str


def provenance(study: Study) -> Provenance:
    """The provenance of `study`."""
    records = [record for cell in study.cells for record in cell.records]
    return Provenance(
        methods=_methods(study, records),
        terms=(
            Term("Commit of the page", (f"`{study.commit}`" if study.commit else "not in a git checkout",)),
            Term("Code of the trainings", (_distinct(records, "code", short=True),)),
            Term("Backend", (_distinct(records, "backend"),)),
            Term("Threads", (_distinct(records, "threads"),)),
            Term("Seed", (_seeds(study, records),)),
            Term("Machine", (f"{_distinct(records, 'machine')}. TO STATE: processor, memory and GPU.",)),
        ),
        warnings=_warnings(study),
        versions=_versions(records),
        trainings=_trainings(study),
        folds=_fold_digests(study),
        deployed=deployed(study),
        config_path=study.config_path,
        config=json.dumps(study.config, indent=2, ensure_ascii=False),
    )


def _seeds(study: Study, records: list[dict]) -> str:
    """The seed that can be typed into a config, and what the runs made of it."""
    given = (study.config.get("training") or {}).get("seed", "not recorded")
    return f"{given} in the config; of the runs: {_distinct(records, 'seed')}"


def _distinct(records: list[dict], key: str, short: bool = False) -> str:
    values = Counter(
        str(record[key])[: 12 if short else 200] for record in records if record.get(key) not in (None, "")
    )
    if not values:
        return "not recorded"
    return listed([f"`{value}`" if short else value for value, _ in values.most_common()], 6)


def _methods(study: Study, records: list[dict]) -> tuple[str, ...]:
    """A methods paragraph that says only what the run records and the config hold."""
    if not records:
        return ("No run record exists, so nothing can be said about how the models were trained.",)
    trained = [record for record in records if (record.get("epochs_run") or 0) > 1]
    seconds = sum(record.get("seconds") or 0 for record in records)
    text = f"{count(len(records), 'model was', 'models were')} fitted, {len(trained)} of them over epochs, in "
    text += f"{duration(seconds)} "
    threads = _distinct(records, "threads")
    text += (
        f"of job time with {_distinct(records, 'backend')} on {threads} {'thread' if threads == '1' else 'threads'}, "
    )
    text += f"seed {_distinct(records, 'seed')}."
    texts = [text]
    select = _distinct(records, "select")
    if select != "not recorded":
        texts.append(
            f"Epochs were selected by `{select}` on validation rows; final models ran the mean of their folds' best "
            "epochs."
        )
    texts += [nested.fits(protocol) for protocol in study.protocols if protocol.nested]
    texts += [sentence(search) for search in study.searches]
    texts.append(
        "Bit-identical results are claimed for the same machine, lock file, backend and number of threads only: "
        "another number "
        "of threads changes answers."
    )
    return tuple(texts)


def _warnings(study: Study) -> tuple[str, ...]:
    texts = []
    for protocol in study.protocols:
        expected = (protocol.audit or {}).get("folds_sha256")
        used = {
            record["folds_sha256"]
            for cell in study.cells_of(protocol.dataset, protocol.protocol)
            for record in cell.records
            if record.get("folds_sha256")
        }
        if expected and used - {expected}:
            texts.append(
                f"Some models on `{protocol.dataset}`, `{protocol.protocol}` were trained with another fold table "
                "than the audited one."
            )
    if study.touched:
        names = listed([f"`{name}`" for name in study.touched])
        texts.append(
            f"Models of {names} were made by other code than the present one: `snakemake --touch` accepted it."
        )
    if study.commit.endswith("+"):
        texts.append("The checkout had changes that are not in the commit.")
    return tuple(texts)


def _versions(records: list[dict]) -> Table | None:
    found: dict[str, set[str]] = {}
    for record in records:
        for package, version in (record.get("versions") or {}).items():
            found.setdefault(package, set()).add(str(version))
    if not found:
        return None
    return Table(
        id="versions",
        caption="Versions the models were trained with",
        columns=columns("Package", "Version"),
        rows=tuple(row(f"`{package}`", listed(sorted(versions))) for package, versions in sorted(found.items())),
        how="From the run records; two versions in one line mean that the study was not trained in one environment.",
        compact=True,
    )


def _trainings(study: Study) -> Table | None:
    rows = []
    for cell in study.cells:
        for record in cell.records:
            where = record.get("cell") or {}
            numbers = [
                record.get(key) for key in ("train_clips", "validation_clips", "test_clips", "epochs_run", "best_epoch")
            ]
            rows.append(
                row(
                    f"`{cell.model}`", f"`{cell.dataset}` `{cell.protocol}`", str(where.get("fold", DASH)),
                    *(DASH if value is None else str(value) for value in numbers),
                    _parameters(record.get("parameters")), duration(float(record.get("cpu_seconds") or "nan")),
                )
            )  # fmt: skip
    if not rows:
        return None
    return Table(
        id="trainings",
        caption="Every training",
        columns=columns(
            "Model",
            "Setting",
            "Fold",
            "#Train",
            "#Validation",
            "#Test",
            "#Epochs",
            "#Best epoch",
            "#Parameters",
            "#CPU time",
        ),
        rows=tuple(rows),
        how="Clips by role, epochs run and the fold's own best epoch, trainable parameters, and CPU time of the job.",
        compact=True,
    )


def _parameters(value: int | None) -> str:
    if value is None:
        return DASH
    return f"{value / 1e6:.2f} M" if value >= 1e5 else f"{value:,}".replace(",", "\u2009")


def _fold_digests(study: Study) -> Table | None:
    rows = [
        row(f"`{protocol.dataset}` `{protocol.protocol}`", f"`{(protocol.audit or {}).get('folds_sha256')}`")
        for protocol in study.protocols
        if (protocol.audit or {}).get("folds_sha256")
    ]
    if not rows:
        return None
    return Table(
        id="fold-tables",
        caption="Fold tables",
        columns=columns("Setting", "SHA-256"),
        rows=tuple(rows),
        how="The digest of the audited fold table; every training compares it before it starts.",
        compact=True,
    )
