"""The models themselves: what differs between their settings, and a card of each."""

from ferstudy.report.blocks import Article, Details, Section, Text
from ferstudy.report.model_cards import cards
from ferstudy.report.ranking import panels
from ferstudy.report.records import Results
from ferstudy.report.sections import ablations, students

FEW, MANY = 12, 60  # models of a panel whose differences stand unfolded; models of the page with cards on it


def section(results: Results) -> Section | None:
    """An article for each dataset and protocol; None where there is nothing to say."""
    shown = panels(results)
    many = sum(len(panel.entries) for panel in shown) > MANY
    found = []
    for panel in shown:
        apart = ablations.blocks(results, panel)
        if apart and len(panel.entries) > FEW:
            apart = (Details("What differs between the models", apart),)
        told = () if many else cards(results, panel)
        named = (Details(f"Model cards: {len(told)}", told),) if told else ()
        if blocks := (*students.blocks(results, panel), *apart, *named):
            found.append(Article(f"models-{panel.id}", panel.title, blocks, dataset=panel.protocol.dataset))
    if many:
        found.append(Text("There are too many models for their cards to stand here: `results/report/cards`.", "note"))
    return Section("models", "The models", tuple(found)) if found else None
