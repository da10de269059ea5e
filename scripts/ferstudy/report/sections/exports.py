"""Exported models in the formats of devices: size, seconds, and whether they answer as the models they were made of."""

from ferstudy.report.blocks import Article, PageTable, Section, TableCell, TableRow, Text, columns, some
from ferstudy.report.numbers import DASH, THIN, known, listed, percent, short, signed, signed_interval, uar
from ferstudy.report.records import Results

NAMES = {"onnx": "ONNX", "openvino": "OpenVINO", "litert": "LiteRT"}
HOW = (
    "Each row is an exported model in a format of devices. Latency: seconds from the inputs of one clip of median "
    "length to its answer, one sample after another, one thread; the median (p50) and the 95th percentile (p95) of "
    "repeated calls. Times as fast: the median of the model itself, as Keras runs it, divided by that of the file; "
    "both were called in turns, so it says more than the seconds. Same answers: on the clips that judge, how often "
    "both name the same class, and the largest difference of their probabilities. The difference of UAR is file minus "
    "model, on the test clips of the exported model's fold, paired by people. Not separable means that so many people "
    "show no loss, which is no proof that there is none. int8: whole numbers of 8 bits, whose scales were chosen on "
    "training clips."
)


def section(results: Results) -> Section | None:
    """A table for each dataset; None where nothing was converted."""
    datasets = dict.fromkeys(record["cell"][0] for record in results.conversions)
    articles = tuple(
        _article([own for own in results.conversions if own["cell"][0] == name], name) for name in datasets
    )
    return Section("exports", "Models for devices", articles) if articles else None


def _article(records: list[dict], dataset: str) -> Article:
    table = PageTable(
        id=f"exports-table-{dataset}",
        caption=f"Exported models in the formats of devices, {dataset}",
        columns=columns(
            "Model", "Format", "#Size", "#Latency", "#Times as fast", "#Same answers", "#UAR", "#Difference", "Verdict"
        ),
        rows=tuple(map(_row, records)),
        how=HOW,
        compact=True,
        open=True,
    )
    return Article(f"exports-{dataset}", dataset, some(table, _machine(records)), dataset=dataset)


def _row(record: dict) -> TableRow:
    first = (TableCell(f"`{record['cell'][2]}`"), TableCell(f"{NAMES[record['format']]} {record['precision']}"))
    if record["error"]:
        return TableRow((*first, *[TableCell(DASH)] * 6, TableCell(f"No file: {record['error']}.")), "muted")
    spent, agreed, judged = record["latency"], record["agreement"], record["uar"]
    part = record["bytes"] / record["original_bytes"]
    cells = (
        TableCell(f"{short(record['bytes'] / 1e6)}{THIN}MB", f"{percent(part)} of the model's file"),
        TableCell(_milliseconds(spent["converted"]["p50"]), f"p95 {_milliseconds(spent['converted']['p95'])}"),
        TableCell(f"{spent['original']['p50'] / spent['converted']['p50']:.1f}"),
        TableCell(percent(agreed["same"]), f"largest difference {agreed['largest']:.2g}"),
        TableCell(uar(judged.get("converted")), f"model {uar(judged['original'])}" if judged else ""),
        TableCell(signed(judged.get("difference")), signed_interval(judged.get("low"), judged.get("high"))),
        TableCell(_verdict(record)),
    )
    return TableRow((*first, *cells))


def _milliseconds(seconds: float) -> str:
    return f"{short(1000 * seconds)}{THIN}ms"


def _verdict(record: dict) -> str:
    """In words whether the file answers worse than the model."""
    judged, agreed = record["uar"], record["agreement"]
    if not judged:
        return f"not tested: the model has no test clip. Compared on {agreed['clips']} of its training clips"
    if agreed["same"] == 1:
        return "not separable: every answer is the same"
    if not known(judged["p"]):
        return f"not tested: {judged['method'].removeprefix('none: ')}"
    if judged["separable"]:
        return f"separable: {'worse' if judged['difference'] < 0 else 'better'} than the model"
    return f"not separable over {judged['units']}"


def _machine(records: list[dict]) -> Text | None:
    """On what was measured."""
    machines = sorted({record["processor"] for record in records if not record["error"]})
    if not machines:
        return None
    return Text(f"Latencies were measured on this processor: {listed(machines)}. A device has others.", "note")
