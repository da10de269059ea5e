"""The methods of a study as text for a paper, with its sources; nothing stands in it that no file of the study says."""

from typing import NamedTuple

from ferstudy.provenance.release import release
from ferstudy.report import references
from ferstudy.report.latex import escaped
from ferstudy.report.records import Results
from ferstudy.report.references import Reference
from ferstudy.report.sections import methods_data, methods_models


class Paragraph(NamedTuple):
    """A part of the methods; sources are cited as pandoc does ([@holm1979]), names stand between backticks."""

    title: str
    text: str


def paragraphs(results: Results) -> tuple[Paragraph, ...]:
    """The methods in the order of a paper; of a public page without names of people and files."""
    parts = (
        Paragraph("Data", methods_data.data(results)),
        Paragraph("Faces", methods_data.faces(results)),
        Paragraph("Features", methods_data.backbones(results)),
        Paragraph("Splits", methods_data.splits(results)),
        Paragraph("Models", methods_models.networks(results)),
        Paragraph("Models of others", methods_models.others(results)),
        Paragraph("Selection", methods_models.selection(results)),
        Paragraph("Fusion", methods_models.fusion(results)),
        Paragraph("Scores", methods_models.scores(results)),
        Paragraph("Tests", methods_models.tests(results)),
        Paragraph("Maps", methods_models.maps(results)),
        Paragraph("Audit", methods_models.audit(results)),
        Paragraph("Software", methods_models.software(results)),
    )
    return tuple(Paragraph(title, _public(results, text)) for title, text in parts if text)


def markdown(results: Results) -> str:
    """The methods as Markdown; `pandoc --citeproc --bibliography methods.bib methods.md` fills in the sources."""
    parts = (f"## {title}\n\n{text}\n" for title, text in paragraphs(results))
    return "\n".join(("# Methods\n", *parts))


def bibtex(results: Results) -> str:
    """The sources that the methods cite."""
    text = " ".join(part.text for part in paragraphs(results))
    return references.bibtex(text, own(results))


def own(results: Results) -> dict[str, Reference]:
    """References of the study's own: ferstudy itself, and the data where the config says how to cite them."""
    fields = {"title": "{ferstudy}", "author": "{the ferstudy developers}"}
    fields |= {"version": release()} if release() else {}
    fields |= {"note": f"commit {results.commit}"} if results.commit else {}
    found = {"ferstudy": Reference("ferstudy", "misc", fields)}
    for dataset in results.datasets:
        if dataset.citation:
            # BibTeX counts braces, escaped ones too.
            said = escaped(_public(results, dataset.citation).replace("{", "(").replace("}", ")"))
            fields = {"title": f"{{Data: {dataset.name}}}", "note": said}
            found[methods_data.key(dataset)] = Reference(f"data: {dataset.name}", "misc", fields)
    return found


def _public(results: Results, text: str) -> str:
    return results.names.anywhere(text) if results.names else text
