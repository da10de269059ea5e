"""Provenance: what a person needs to make the same page again, and the models for use."""

import json
from collections import Counter

from ferstudy import paths
from ferstudy.fold import DEPLOY, Fold
from ferstudy.report.blocks import Code, Details, PageTable, Section, Term, Terms, Text, columns, row, some
from ferstudy.report.numbers import DASH, count, duration, listed, shown
from ferstudy.report.records import Results
from ferstudy.report.sections import nested, networks
from ferstudy.report.sections.searches import sentence

FOR_USE = (
    "Trained on every clip that has a role, test clips too, for the mean of the folds' best epochs. Nothing is left "
    "that such a model could be tested on, so it has no scores of its own: those of the same architecture under the "
    "same protocol stand for it, whose models saw fewer people."
)


def section(results: Results) -> Section:
    """What made the numbers."""
    records = [record for own in results.models for record in own.records]
    terms = (
        Term("Commit of the page", (f"`{results.commit}`" if results.commit else "not in a git checkout",)),
        Term("Code of the trainings", (_distinct(records, "code", short=True),)),
        Term("Seed", (_seeds(results, records),)),
        Term("Machine", (f"{_distinct(records, 'machine')}. TO STATE: processor, memory and GPU.",)),
    )
    versions, trainings = _versions(records), _trainings(results)
    path = f", `{results.config_path}`" if results.config_path else ""
    config = printed_config(results)
    blocks = some(
        *(Text(warning, "banner") for warning in _warnings(results)),
        *(Text(sentence) for sentence in _methods(results, records)),
        Terms(terms),
        networks.table(results),
        deployed(results),
        _fold_digests(results),
        versions and Details("Versions", (versions,)),
        trainings and Details("Every training", (trainings,)),
        Details(f"The config{path}, with all defaults", (Code("The config as JSON", config),)),
    )
    return Section("provenance", "Provenance", blocks)


def printed_config(results: Results) -> str:
    """The config with all defaults, as the page prints it."""
    return json.dumps(results.config, indent=2, ensure_ascii=False, sort_keys=True)


def _seeds(results: Results, records: list[dict]) -> str:
    """The seed that can be typed into a config, and what the runs made of it."""
    given = results.study.config["training"]["seed"]
    return f"{given} in the config; of the runs: {_distinct(records, 'seed')}"


def _distinct(records: list[dict], key: str, short: bool = False) -> str:
    values = Counter(
        str(record[key])[: 12 if short else 200] for record in records if record.get(key) not in (None, "")
    )
    if not values:
        return "not recorded"
    return listed([f"`{value}`" if short else value for value, _ in values.most_common()], 6)


def _methods(results: Results, records: list[dict]) -> tuple[str, ...]:
    """A methods paragraph that says only what the run records and the config hold."""
    if not records:
        return ("No run record exists, so nothing can be said about how the models were trained.",)
    trained = [record for record in records if (record.get("epochs_run") or 0) > 1]
    seconds = sum(record.get("seconds") or 0 for record in records)
    text = f"{count(len(records), 'model was', 'models were')} fitted, {len(trained)} of them over epochs, in "
    threads, seed = _distinct(records, "threads"), _distinct(records, "seed")
    text += f"{duration(seconds)} of job time with {_distinct(records, 'backend')} on {threads} "
    text += f"{'thread' if threads == '1' else 'threads'}, seed {seed}."
    texts = [text]
    select = _distinct(records, "select")
    if select != "not recorded":
        texts.append(
            f"Epochs were selected by `{select}` on validation rows; final models ran the mean of their folds' best "
            "epochs."
        )
    texts += [nested.fits(protocol) for protocol in results.protocols if protocol.nested]
    texts += [sentence(search) for search in results.searches]
    texts.append(
        "Bit-identical results are claimed for the same machine, lock file, backend and number of threads only: "
        "another number of threads changes answers."
    )
    return tuple(texts)


def _warnings(results: Results) -> tuple[str, ...]:
    texts = []
    for protocol in results.protocols:
        expected = (protocol.audit or {}).get("folds_sha256")
        used = {
            record["folds_sha256"]
            for own in results.models_of(protocol.dataset, protocol.protocol)
            for record in own.records
            if record.get("folds_sha256")
        }
        if expected and used - {expected}:
            texts.append(
                f"Some models on `{protocol.dataset}`, `{protocol.protocol}` were trained with another fold table "
                "than the audited one."
            )
    if results.touched:
        names = listed([f"`{name}`" for name in results.touched])
        texts.append(
            f"Models of {names} were made by other code than the present one: `snakemake --touch` accepted it."
        )
    notes: dict[str, list[str]] = {}
    for own in results.models:
        for record in own.records:
            if record.get("note"):
                notes.setdefault(record["note"], []).append(f"`{own.model}` fold {record['cell']['fold']}")
    texts += [f"{listed(sorted(set(names)), 6)}: {note}." for note, names in notes.items()]
    if results.commit.endswith("+"):
        texts.append("The checkout had changes that are not in the commit.")
    return tuple(texts)


def _versions(records: list[dict]) -> PageTable | None:
    found: dict[str, set[str]] = {}
    for record in records:
        for package, version in (record.get("versions") or {}).items():
            found.setdefault(package, set()).add(str(version))
    if not found:
        return None
    return PageTable(
        id="versions",
        caption="Versions the models were trained with",
        columns=columns("Package", "Version"),
        rows=tuple(row(f"`{package}`", listed(sorted(versions))) for package, versions in sorted(found.items())),
        how="From the run records; two versions in one line mean that the study was not trained in one environment.",
        compact=True,
    )


def _trainings(results: Results) -> PageTable | None:
    rows = []
    for own in results.models:
        if own.kind == "external":
            rows.append(row(f"`{own.model}`", f"`{own.dataset}` `{own.protocol}`", *[DASH] * 8))
        for record in own.records:
            where = record.get("cell") or {}
            numbers = [
                record.get(key) for key in ("train_clips", "validation_clips", "test_clips", "epochs_run", "best_epoch")
            ]
            rows.append(
                row(
                    f"`{own.model}`", f"`{own.dataset}` `{own.protocol}`", shown(where.get("fold")),
                    *map(shown, numbers),
                    _parameters(record.get("parameters")), duration(float(record.get("cpu_seconds") or "nan")),
                )
            )  # fmt: skip
    if not rows:
        return None
    return PageTable(
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
        how="Clips by role, epochs run and the fold's own best epoch, trainable parameters, and CPU time of the job. "
        "A model of others has dashes: it was not trained here.",
        compact=True,
    )


def _parameters(value: int | None) -> str:
    if value is None:
        return shown(None)
    return f"{value / 1e6:.2f} M" if value >= 1e5 else f"{value:,}".replace(",", "\u2009")


def _fold_digests(results: Results) -> PageTable | None:
    rows = [
        row(f"`{protocol.dataset}` `{protocol.protocol}`", f"`{(protocol.audit or {}).get('folds_sha256')}`")
        for protocol in results.protocols
        if (protocol.audit or {}).get("folds_sha256")
    ]
    if not rows:
        return None
    return PageTable(
        id="fold-tables",
        caption="Fold tables",
        columns=columns("Setting", "SHA-256"),
        rows=tuple(rows),
        how="The digest of the audited fold table; every training compares it before it starts.",
        compact=True,
    )


def deployed(results: Results) -> PageTable | None:
    """A row for each deployed model that was trained, with the scores that stand for it; None without one."""
    rows = []
    for own in results.models:
        for record in own.records:
            where = record.get("cell") or {}
            if where.get("fold") == DEPLOY:
                path = paths.model(own.dataset, own.protocol, own.model, DEPLOY, where["run"], "model.zip")
                rows.append(
                    row(
                        f"`{own.model}`", f"`{own.dataset}` `{own.protocol}`", str(record.get("train_clips", "")),
                        str(record.get("epochs_run", "")), f"`{path}`", _stand_in(own.folds),
                    )
                )  # fmt: skip
    if not rows:
        return None
    return PageTable(
        id="deployed",
        caption="Models for use",
        columns=columns("Model", "Setting", "#Clips", "#Epochs", "File", "Scores that stand for it"),
        rows=tuple(rows),
        how=FOR_USE,
        compact=True,
    )


def _stand_in(folds: tuple[str, ...]) -> str:
    """Whose test scores are shown for the architecture."""
    named = [Fold.parse(fold) for fold in folds]
    outer = len({fold.outer for fold in named if fold.outer})
    if outer:
        return f"the final models of {count(outer, 'outer fold')}, pooled"
    if any(fold.is_final for fold in named):
        return "`final` on the held-out people"
    return f"{count(sum(not fold.is_deploy for fold in named), 'fold')}, each on its own test clips"
