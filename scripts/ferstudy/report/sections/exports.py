"""Exported models in the formats of devices: size, seconds, and whether they answer as the models they were made of."""

from ferstudy.report.blocks import Article, PageTable, Section, TableCell, TableRow, Text, columns, row, some
from ferstudy.report.from_video import frames_per_second
from ferstudy.report.numbers import THIN, known, listed, percent, short, signed, signed_interval, uar
from ferstudy.report.records import Results

NAMES = {"onnx": "ONNX", "openvino": "OpenVINO", "litert": "LiteRT"}
HOW = (
    "Each row is an exported model in a format of devices. Size: of its files; the file of the model itself is 100 %. "
    "Latency: from the inputs of one clip of median length to its answer, one sample after another, one thread; the "
    "median and the 95th percentile (p95) of repeated calls. Times as fast: the median of the model itself, as Keras "
    "runs it, divided by that of the file; both were called in turns, so it says more than the seconds. Frames a "
    "second: from the video to the answer with one thread, that is decoding, finding and following the face, and flow, "
    "landmarks or backbone where the model reads them (CPU seconds of this study's own jobs for a frame), and the "
    "latency. Same answers: "
    "on the clips that judge, how often both name the same class, and how far their probabilities are apart at most. "
    "The difference of UAR is file minus model, on the test clips of the exported model's fold, paired by people. Not "
    "separable means that so many people show no loss, which is no proof that there is none. int8: whole numbers of 8 "
    "bits, whose scales were chosen on training clips."
)


def section(results: Results) -> Section | None:
    """A table for each dataset; None where nothing was converted."""
    datasets = dict.fromkeys(record["cell"][0] for record in results.conversions)
    articles = tuple(
        _article(results, [own for own in results.conversions if own["cell"][0] == name], name) for name in datasets
    )
    return Section("exports", "Models for devices", articles) if articles else None


def _article(results: Results, records: list[dict], dataset: str) -> Article:
    made = [record for record in records if not record["error"]]
    blocks = some(made and _files(results, made, dataset), made and _machine(made), _without(records, dataset))
    return Article(f"exports-{dataset}", dataset, blocks, dataset=dataset)


def _files(results: Results, made: list[dict], dataset: str) -> PageTable:
    titles = (
        "Model",
        "Format",
        "#Size",
        "#Latency",
        "#Times as fast",
        "#Frames a second",
        "#Same answers",
        "#UAR",
        "#Difference",
        "Verdict",
    )
    return PageTable(
        id=f"exports-table-{dataset}",
        caption=f"Exported models in the formats of devices, {dataset}",
        columns=columns(*titles),
        rows=tuple(_row(results, record) for record in made),
        how=HOW,
        compact=True,
        open=True,
    )


def _without(records: list[dict], dataset: str) -> PageTable | None:
    """The models that a format cannot express, a row for each reason."""
    formats: dict[tuple[str, str], list[str]] = {}
    for record in records:
        if record["error"]:
            formats.setdefault((record["cell"][2], record["error"]), []).append(_format(record))
    if not formats:
        return None
    return PageTable(
        id=f"exports-without-{dataset}",
        caption=f"No file, {dataset}",
        columns=columns("Model", "Formats", "Why"),
        rows=tuple(row(f"`{model}`", listed(names, 9), why) for (model, why), names in formats.items()),
        how="The format cannot express the model, or its converter fails; the sentence is what it said.",
        open=True,
    )


def _format(record: dict) -> str:
    return f"{NAMES[record['format']]} {record['precision']}"


def _row(results: Results, record: dict) -> TableRow:
    dataset, _, model = record["cell"][:3]
    spent, agreed, judged = record["latency"], record["agreement"], record["uar"]
    part = record["bytes"] / record["original_bytes"]
    cells = (
        TableCell(f"`{model}`"),
        TableCell(_format(record)),
        TableCell(f"{short(record['bytes'] / 1e6)}{THIN}MB", f"{percent(part)} of the model"),
        TableCell(_milliseconds(spent["converted"]["p50"]), f"p95 {_milliseconds(spent['converted']['p95'])}"),
        TableCell(f"{spent['original']['p50'] / spent['converted']['p50']:.1f}"),
        TableCell(short(frames_per_second(results, dataset, model, spent["converted"]["p50"]))),
        TableCell(percent(agreed["same"]), f"at most {agreed['largest']:.2g} apart"),
        TableCell(uar(judged.get("converted")), f"model {uar(judged['original'])}" if judged else ""),
        TableCell(signed(judged.get("difference")), signed_interval(judged.get("low"), judged.get("high"))),
        TableCell(*_verdict(record)),
    )
    return TableRow(cells)


def _milliseconds(seconds: float) -> str:
    return f"{short(1000 * seconds)}{THIN}ms"


def _verdict(record: dict) -> tuple[str, str]:
    """In words whether the file answers worse than the model, and what that rests on."""
    judged, agreed = record["uar"], record["agreement"]
    if not judged:
        return "not tested", f"no test clip; compared on {agreed['clips']} training clips"
    if agreed["same"] == 1:
        return "not separable", "every answer is the same"
    if not known(judged["p"]):
        return "not tested", judged["method"].removeprefix("none: ")
    if judged["separable"]:
        return f"separable: {'worse' if judged['difference'] < 0 else 'better'}", f"over {judged['units']}"
    return "not separable", f"over {judged['units']}"


def _machine(made: list[dict]) -> Text:
    """On what was measured."""
    machines = listed(sorted({record["processor"] for record in made}))
    return Text(f"Latencies were measured on this processor: {machines}. A device has others.", "note")
