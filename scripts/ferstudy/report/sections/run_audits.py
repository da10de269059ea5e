"""What the second audit found: of trainings, searches, fusions and scores."""

from ferstudy import paths
from ferstudy.report.blocks import PageTable, Text
from ferstudy.report.records import ProtocolResults, Results
from ferstudy.report.sections import findings

UNAUDITED = "Nothing says yet that what was trained, searched and fused saw the rows of its folds alone."


def found(results: Results, protocol: ProtocolResults) -> PageTable | Text:
    """The table of findings, or the sentence that there is none."""
    dataset, name = protocol.dataset, protocol.protocol
    if not protocol.run_audit:
        why = results.why(paths.run_audit(dataset, name))
        return Text(UNAUDITED if not why else f"{UNAUDITED} The audit of the run is {why}.", "empty")
    return findings.table(
        protocol.run_audit,
        id=f"run-audit-{dataset}-{name}",
        caption=f"Audit of what was trained on {dataset}, {name}",
        how="The choice of a search, epochs, the prior, fusions, answers and test scores were computed again from the "
        "tables that they were made of; what else was fitted is judged by the records of the trainings and the saved "
        "models. A leak here means that a result is not what the rows of its folds give: every score wears the badge.",
    )
