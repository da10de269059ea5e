"""The models themselves: what differs between their settings."""

from ferstudy.report.blocks import Article, Section
from ferstudy.report.ranking import panels
from ferstudy.report.records import Results
from ferstudy.report.sections import ablations


def section(results: Results) -> Section | None:
    """An article for each dataset and protocol; None where there is nothing to say."""
    found = []
    for panel in panels(results):
        if blocks := ablations.blocks(results, panel):
            found.append(Article(f"models-{panel.id}", panel.title, blocks))
    return Section("models", "The models", tuple(found)) if found else None
