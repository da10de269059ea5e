"""Model cards as Mitchell et al. (FAT* 2019, "Model Cards for Model Reporting") ask for, from what the study knows.

A card is a block of the page, and the same as a Markdown file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ferstudy.report.blocks import Term, Terms
from ferstudy.report.model_costs import of_model
from ferstudy.report.names import hidden
from ferstudy.report.numbers import count, interval, known, listed, memory, percent, short, uar
from ferstudy.report.ranking import Panel, RankedModel, panels, pick
from ferstudy.report.records import Results
from ferstudy.report.settings_apart import settings_of
from ferstudy.report.temperatures import temperatures
from ferstudy.whole_files import write_text

LIMITS = (
    "Classes are posed or perceived expressions and no felt emotion. A score holds for people and recordings like "
    "those of the test clips; it is no ground for decisions about a person."
)


@dataclass(frozen=True)
class ModelCard:
    """The card of one model, folded away; its file is `id` with .md."""

    id: str
    summary: str
    blocks: tuple[Terms, ...]
    kind: str = ""  # as of Details


def card(results: Results, panel: Panel, entry: RankedModel) -> ModelCard:
    """The card of a model of a dataset under a protocol; what is not known is left out."""
    parts = (
        ("What it is", _kind(entry)),
        ("Reads", _reads(results, entry)),
        ("Settings", _settings(results, entry)),
        ("Training", _training(entry)),
        ("Selection", _selection(entry)),
        ("Score", _score(panel, entry)),
        ("Classes", _classes(panel, entry)),
        ("Calibration", _calibration(entry)),
        ("Cost", _cost(results, entry)),
        ("Made by", _made(entry)),
        ("Known limits", _limits(panel, entry)),
    )
    terms = tuple(Term(name, texts) for name, given in parts if (texts := tuple(text for text in given if text)))
    place = f"{panel.protocol.dataset}.{panel.protocol.protocol}.{entry.name}"
    return ModelCard(place, f"Card of `{entry.name}`", (Terms(terms),))


def cards(results: Results, panel: Panel) -> tuple[ModelCard, ...]:
    """The cards of all models of a panel that have scores."""
    return tuple(card(results, panel, entry) for entry in panel.entries if entry.own.scores)


def write(results: Results, folder: str | Path) -> None:
    """Every card as Markdown, <dataset>.<protocol>.<model>.md in `folder`; of a public study without names."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for block in (one for panel in panels(results) for one in cards(results, panel)):
        shown = hidden(block, results.names) if results.names else block
        write_text(Path(folder) / f"{shown.id}.md", markdown(shown))


def markdown(block: ModelCard) -> str:
    """The card as a Markdown text."""
    lines = [f"# {block.summary}", "", f"`{block.id}`, of a study made by ferstudy.", ""]
    for term in block.blocks[0].terms:
        lines += [f"## {term.term}", "", *(f"- {text}" for text in term.texts), ""]
    return "\n".join(lines)


def _kind(entry: RankedModel) -> Iterable[str]:
    own = entry.own
    if own.kind == "fusion":
        yield f"A fusion of {listed([f'`{name}`' for name in sorted(own.members)])}."
    elif own.kind == "external":
        yield "Predictions of others; this study has not trained it."
    else:
        yield f"A {'baseline' if own.baseline else 'model'} of the family `{own.family}`."


def _reads(results: Results, entry: RankedModel) -> Iterable[str]:
    if entry.own.family:
        told = results.study.architectures[entry.name]["input"]
        yield "; ".join(f"{key}: `{value}`" for key, value in sorted(told.items()) if isinstance(value, str))


def _settings(results: Results, entry: RankedModel) -> Iterable[str]:
    if entry.own.kind != "external":
        told = settings_of(results, entry.own)
        yield "; ".join(f"{key} {value}" for key, value in sorted(told.items()) if not key.startswith("input."))


def _training(entry: RankedModel) -> Iterable[str]:
    records = [record for record in entry.own.records if "train_clips" in record]
    if records:
        fitted = _range([record["train_clips"] for record in records])
        epochs = _range(_numbers(records))
        loops = "in one go" if epochs == "1" else f"for {epochs} epochs"
        yield f"{count(len(records), 'training')}, each on {fitted} clips, {loops}."
        yield f"Its own parameters: {max(record['parameters'] for record in records):,}.".replace(",", "\u2009")
    if pruned := [record for record in records if "zeros" in record]:
        shares = [record["compressed_bytes"] / record["bytes"] for record in pruned]
        zeros = percent(min(record["zeros"] for record in pruned))
        size = percent(max(shares))
        yield f"Pruned: {zeros} of its kernels' weights are zero; compressed, its file has {size} of its size."


def _numbers(records: list[dict]) -> list[int]:
    return [record["epochs_run"] for record in records if record.get("epochs_run")] or [1]


def _selection(entry: RankedModel) -> Iterable[str]:
    records = [record for record in entry.own.records if record.get("select")]
    if records:
        chosen = listed(sorted({f"`{record['select']}`" for record in records}))
        yield f"Epochs by {chosen} of validation clips; best epochs {_range([one['best_epoch'] for one in records])}."
    for search in entry.searches:
        yield f"Settings by the search `{search.name}`, {count(search.trials, 'trial')}."
    if entry.development and known(entry.development.value):
        yield f"Development UAR {uar(entry.development.value)}: by it models are ranked."


def _score(panel: Panel, entry: RankedModel) -> Iterable[str]:
    if entry.test is None:
        yield "No pooled test score."
        return
    test = entry.test
    bounds = f", 95 % interval {interval(test.low, test.high)}" if known(test.low, test.high) else ""
    yield (
        f"Test UAR {uar(test.value)}{bounds}, on {count(test.clips, 'clip')} of {count(test.subjects, 'subject')}; "
        f"chance is {uar(panel.chance)}."
    )
    others = [("accuracy", entry.accuracy), ("macro-F1", entry.macro_f1)]
    yield "; ".join(f"{name} {uar(score.value)}" for name, score in others if score and known(score.value))


def _classes(panel: Panel, entry: RankedModel) -> Iterable[str]:
    for name in panel.classes:
        score = pick(entry.own.scores, "test", "recall", label=name)
        if score and known(score.value):
            bounds = f" ({interval(score.low, score.high)})" if known(score.low, score.high) else ""
            yield f"`{name}`: recall {uar(score.value)}{bounds}"


def _calibration(entry: RankedModel) -> Iterable[str]:
    if entry.own.labels_only:
        yield "It answers with a class alone, so there is nothing to calibrate."
    score = pick(entry.own.scores, "test", "ece")
    if score and known(score.value) and not entry.own.labels_only:
        bounds = f" ({interval(score.low, score.high)})" if known(score.low, score.high) else ""
        yield f"Expected calibration error (ECE) {uar(score.value)}{bounds}; 0 is perfect."
    if found := temperatures(entry):
        yield f"Temperatures of its folds: {uar(min(found), 2)} to {uar(max(found), 2)}; above 1 it was too sure."


def _cost(results: Results, entry: RankedModel) -> Iterable[str]:
    cost = of_model(results, entry)
    inside = ", backbone included" if cost.backbone else ""
    told = [
        (cost.parameters, f"{short(cost.parameters)} parameters{inside}"),
        (cost.operations, f"{short(cost.operations)} FLOPs per clip"),
        (cost.seconds, f"{short(cost.seconds)} s per clip with one thread"),
        (cost.memory_mb, f"{memory(cost.memory_mb)} memory"),
    ]
    yield "; ".join(text for number, text in told if number is not None)


def _made(entry: RankedModel) -> Iterable[str]:
    records = entry.own.records
    if codes := sorted({f"`{record['code']}`" for record in records if record.get("code")}):
        yield f"Digest of the code that trained it: {listed(codes)}."
    if seeds := sorted({str(record["seed"]) for record in records if "seed" in record}):
        yield f"Seeds: {listed(seeds)}."
    for versions in sorted({tuple(sorted(one["versions"].items())) for one in records if one.get("versions")}):
        yield ", ".join(f"{name} {version}" for name, version in versions)


def _limits(panel: Panel, entry: RankedModel) -> Iterable[str]:
    yield LIMITS
    yield panel.protocol.leak and f"Its protocol has a {panel.protocol.leak}."
    if entry.coverage and known(entry.coverage.value) and entry.coverage.value < 1:
        yield f"{percent(1 - entry.coverage.value)} of the test clips have no face that it could read: errors all."
    yield from sorted({record["note"] for record in entry.own.records if record.get("note")})
    if entry.own.holes:
        yield f"{count(len(entry.own.holes), 'file')} of it are missing or to do."


def _range(values: list[int]) -> str:
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low} to {high}"
