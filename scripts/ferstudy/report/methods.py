"""The methods of a study in words, ready for a paper, and the sources of what it used.

Every figure comes from the files of the study; what no file holds is "TO STATE".
"""

from collections.abc import Iterator
from pathlib import Path

from ferstudy.report.numbers import count, listed
from ferstudy.report.ranking import Panel, panels
from ferstudy.report.records import DatasetResults, Results
from ferstudy.whole_files import write_text

SELECTION = {"val_uar": "validation UAR", "val_loss": "validation loss", "val_accuracy": "validation accuracy"}
# Keys of REFERENCES by what a study may have used.
ALWAYS = ("snakemake", "keras", "scikit-learn", "opencv", "hesterberg2015", "holm1979")
REFERENCES = {
    "snakemake": (
        "article", "Sustainable data analysis with Snakemake",
        "Mölder, Felix and Jablonski, Kim Philipp and Letcher, Brice and others", "F1000Research", "2021",
    ),
    "keras": ("misc", "Keras", "Chollet, François and others", "", "2015"),
    "tensorflow": (
        "inproceedings", "{TensorFlow}: A system for large-scale machine learning", "Abadi, Martín and others",
        "12th USENIX Symposium on Operating Systems Design and Implementation (OSDI)", "2016",
    ),
    "scikit-learn": (
        "article", "Scikit-learn: Machine Learning in {Python}", "Pedregosa, Fabian and others",
        "Journal of Machine Learning Research", "2011",
    ),
    "opencv": ("article", "The {OpenCV} Library", "Bradski, Gary", "Dr. Dobb's Journal of Software Tools", "2000"),
    "hesterberg2015": (
        "article",
        ("What Teachers Should Know About the Bootstrap: Resampling in the Undergraduate Statistics Curriculum"),
        "Hesterberg, Tim C.", "The American Statistician", "2015",
    ),
    "holm1979": (
        "article", "A simple sequentially rejective multiple test procedure", "Holm, Sture",
        "Scandinavian Journal of Statistics", "1979",
    ),
    "viola2001": (
        "inproceedings", "Rapid object detection using a boosted cascade of simple features",
        "Viola, Paul and Jones, Michael",
        "IEEE Conference on Computer Vision and Pattern Recognition (CVPR)", "2001",
    ),
    "farneback2003": (
        "inproceedings", "Two-frame motion estimation based on polynomial expansion", "Farnebäck, Gunnar",
        "Scandinavian Conference on Image Analysis (SCIA)", "2003",
    ),
    "kalal2010": (
        "inproceedings", "Forward-Backward Error: Automatic Detection of Tracking Failures",
        "Kalal, Zdenek and Mikolajczyk, Krystian and Matas, Jiri",
        "International Conference on Pattern Recognition (ICPR)", "2010",
    ),
}  # fmt: skip
PLACES = {"article": "journal", "inproceedings": "booktitle"}


def write(results: Results, folder: str | Path) -> None:
    """Write methods.md and methods.bib."""
    write_text(Path(folder) / "methods.md", "\n\n".join(text.replace("`", "") for text in paragraphs(results)) + "\n")
    write_text(Path(folder) / "methods.bib", bibtex(results))


def paragraphs(results: Results) -> list[str]:
    """What was done, a paragraph for each of data, faces, protocols, models and evaluation."""
    return [
        " ".join(_data(results)), " ".join(_faces(results)), " ".join(_protocols(results)), " ".join(_models(results)),
        " ".join(_evaluation(results)), _software(results),
    ]  # fmt: skip


def _data(results: Results) -> Iterator[str]:
    for dataset in results.datasets:
        name = f"`{dataset.name}`"
        if dataset.clips is None:
            yield f"TO STATE: the clips of {name}, whose table is missing."
            continue
        yield f"Dataset {name} has {count(len(dataset.clips), 'clip')} {_people(dataset)} in {len(dataset.classes)}"
        yield f"classes ({listed(list(dataset.classes), 20)})."
        yield f"Licence: {dataset.licence or 'TO STATE'}. Source: {dataset.citation or 'TO STATE'}."


def _people(dataset: DatasetResults) -> str:
    people = {clip.subject for clip in dataset.clips if clip.subject}
    return f"of {count(len(people), 'person', 'people')}" if people else "of people who are not known"


def _faces(results: Results) -> Iterator[str]:
    for name, recipe in sorted(results.study.config["recipes"].items()):
        if "crop" not in recipe:
            continue
        detector, tracker = recipe["detector"]["name"], recipe["tracker"]["name"]
        size = recipe["crop"]["size"]
        yield f"Faces (`{name}`) were found by the detector {detector}, followed by the tracker {tracker}, and cropped"
        yield f"to {size} x {size} pixels."
        if recipe.get("trim"):
            yield "Clips were trimmed to the expression by the intensity of motion."
    lost = sum(len(face.summary["rejected"]) for own in results.datasets for face in own.faces if face.summary)
    yield f"{count(lost, 'clip')} without a usable face stayed in their folds and count as errors."


def _protocols(results: Results) -> Iterator[str]:
    for panel in panels(results):
        told, folds = panel.protocol.settings, panel.protocol.folds
        options = {key: value for key, value in told.items() if key not in ("accept_leak",) and value not in ("", None)}
        stated = ", ".join(f"{key} {_value(value)}" for key, value in options.items())
        yield f"Protocol {panel.title}: {stated}; {count(len(folds or {}), 'fold')}."
        yield _audited(panel)
    yield "No person is in two roles of a fold where the audit says so; validation people choose, test people report."


def _value(value: object) -> str:
    return listed([str(item) for item in value]) if isinstance(value, list) else str(value)


def _audited(panel: Panel) -> str:
    audits = panel.protocol.audits
    if not audits:
        return "It was not audited."
    found = [finding["status"] for audit in audits for finding in audit["findings"]]
    told = [f"{found.count(status)} {word}" for status, word in
            (("pass", "passed"), ("leak", "leaked"), ("warning", "warned"), ("unknown", "could not be known"))
            if status in found]  # fmt: skip
    leak = f" {panel.protocol.leak}." if panel.protocol.leak else ""
    return f"Of {len(found)} checks of the leak audit {listed(told)}.{leak}"


def _models(results: Results) -> Iterator[str]:
    whole = results.study.config["training"]
    for name, own in sorted(results.study.config["architectures"].items()):
        reads = own["input"]
        yield f"`{name}` ({own['family']}) reads {reads['kind']} of {reads.get('recipe', 'tables')}{_trained(own)}."
    select = SELECTION.get(whole["select"], whole["select"])
    yield f"Epochs were selected by {select}; each fold was trained {count(whole['runs'], 'time')}."
    yield f"The seed is {whole['seed']}."
    for name, fusion in sorted(results.study.config["fusions"].items()):
        yield f"The fusion `{name}` is {fusion['method']} of {listed(sorted(fusion['members']))}."


def _trained(architecture: dict) -> str:
    """How a network was trained, as the config states it; empty for what is fitted at once."""
    training = architecture.get("training") or {}
    optimizer = training.get("optimizer")
    if not optimizer:
        return ""
    parts = [f"at most {training['epochs']} epochs"] if "epochs" in training else []
    parts += [f"batches of {training['batch']}"] if "batch" in training else []
    rate = optimizer.get("learning_rate")
    parts.append(optimizer["name"] + (f" at a learning rate of {rate:g}" if rate else ""))
    return f"; training: {', '.join(parts)}"


def _evaluation(results: Results) -> Iterator[str]:
    yield "Models are compared by the unweighted average recall (UAR) of test clips."
    kinds = sorted({e.test.interval for p in panels(results) for e in p.entries if e.test and e.test.interval})
    if kinds:
        yield f"Intervals of 95 % are of the {listed(kinds)} [hesterberg2015]."
    methods = {family.get("method") for p in panels(results) if (family := p.compare.get("against_references"))}
    for method in sorted(filter(None, methods)):
        yield f"Differences from the baselines were tested by {method} [holm1979]."
    if not kinds:
        yield "TO STATE: intervals and tests; no test score has one."


def _software(results: Results) -> str:
    versions: dict[str, set[str]] = {}
    for own in results.models:
        for record in own.records:
            for package, version in (record.get("versions") or {}).items():
                versions.setdefault(package, set()).add(version)
    named = [f"{package} {' and '.join(sorted(found))}" for package, found in sorted(versions.items())]
    software = (
        f"Models were trained with {listed(named, 20)}." if named else "TO STATE: versions; no run record has them."
    )
    commit = f" ferstudy at commit `{results.commit}`." if results.commit else " TO STATE: the version of ferstudy."
    return f"{software}{commit} TO STATE: processor, memory and GPU."


def used(results: Results) -> list[str]:
    """The keys of REFERENCES that this study used."""
    config = results.study.config
    recipes = [recipe for recipe in config["recipes"].values() if "crop" in recipe]
    found = [*ALWAYS, *(["tensorflow"] if config["training"]["backend"] == "tensorflow" else [])]
    found += ["viola2001"] * any(recipe["detector"]["name"] == "haar" for recipe in recipes)
    found += ["kalal2010"] * any(recipe["tracker"]["name"] == "medianflow" for recipe in recipes)
    found += ["farneback2003"] * any((recipe.get("flow") or {}).get("method") == "farneback" for recipe in recipes)
    return sorted(found)


def bibtex(results: Results) -> str:
    """The sources of the methods that this study used; those of the data are the authors' to add."""
    entries = []
    for key in used(results):
        kind, title, author, place, year = REFERENCES[key]
        fields = {"title": title, "author": author, PLACES.get(kind, "howpublished"): place, "year": year}
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        entries.append(f"@{kind}{{{key},\n{body}\n}}\n")
    return "\n".join(entries)
