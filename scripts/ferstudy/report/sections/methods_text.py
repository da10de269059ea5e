"""Methods in words: a text for a paper, with its sources as BibTeX."""

from ferstudy import paths
from ferstudy.report.blocks import Code, Details, Heading, Section, Text
from ferstudy.report.records import Results
from ferstudy.report.references import labelled
from ferstudy.report.sections import methods

START = (
    "Written from the config and the files of this study, for the methods section of a paper; “TO STATE” marks what "
    "no file says. The same text is "
)


def section(results: Results) -> Section:
    """The methods, a paragraph for each part, and the sources; both folded away."""
    own = methods.own(results)
    files = f"`{paths.METHODS}`, its sources `{paths.BIBLIOGRAPHY}`."
    told = methods.paragraphs(results)
    parts = tuple(block for title, text in told for block in (Heading(title, level=3), Text(labelled(text, own))))
    words = sum(len(text.split()) for _, text in told)
    sources = (Code("BibTeX", methods.bibtex(results)),)
    folded = (Details(f"The methods in {words} words", parts), Details("The sources as BibTeX", sources))
    return Section("methods", "Methods in words", (Text(START + files, "note"), *folded))
