"""The methods in words, second half: networks, selection, fusion, scores, tests, the audit and the software."""

from collections import Counter

from ferstudy.fold import Fold
from ferstudy.report.numbers import count, listed
from ferstudy.report.ranking import Panel, panels
from ferstudy.report.records import ModelResults, Results
from ferstudy.report.sections.searches import sentence

FUSED = {
    "average": "the mean of their probabilities", "weighted": "the weighted mean of their probabilities",
    "subset": "the weighted mean of the probabilities of those that a budget allows",
    "maximum": "the maximum of their probabilities", "median": "the median of their probabilities",
    "product": "the product of their probabilities", "majority": "a vote of each",
    "logistic": "a logistic regression on their probabilities",
    "svm": "a support vector machine on their probabilities", "tree": "a decision tree on their probabilities",
}  # fmt: skip
SELECTED = {"val_uar": "UAR", "val_accuracy": "accuracy", "val_loss": "loss (the lowest)"}
OPTIMIZERS = {"adam": "Adam [@kingma2015]", "adamw": "AdamW", "rmsprop": "RMSprop", "sgd": "SGD"}
PACKAGES = {
    "keras": "Keras [@keras]", "tensorflow": "TensorFlow [@tensorflow]", "tensorflow-cpu": "TensorFlow [@tensorflow]",
    "jax": "JAX [@jax]", "scikit-learn": "scikit-learn [@sklearn]", "python": "Python", "numpy": "NumPy",
}  # fmt: skip
SCORE = (
    "The score is the unweighted average recall (UAR): the mean over classes of the share of their clips that were "
    "recognised. A clip without a prediction counts as an error."
)
STATUSES = {
    "pass": "passed", "warning": "with a warning", "unknown": "that the data cannot answer", "leak": "with a leak",
}  # fmt: skip
MAPS = {
    "grad-cam": "Grad-CAM at the last convolutions [@selvaraju2017]",
    "occlusion": "occlusion of parts of the picture [@zeiler2014]",
}
RULES = {  # what the words of a comparison's method stand for
    "expanded": "expanded percentile bootstrap [@hesterberg2015]",
    "corrected": "variance corrected for overlapping training sets [@nadeau2003]",
    "max-T": "step-down max-T [@westfall1993]",
    "Holm": "Holm's correction [@holm1979]",
    "full level": "a claim against every baseline is an intersection-union test [@berger1982]",
}


def networks(results: Results) -> str:
    """Each architecture with all that the config says of it, by name."""
    used = dict.fromkeys(own.model for own in results.models if own.kind == "architecture")
    if not used:
        return "No model was trained."
    return " ".join(_architecture(results.config["architectures"][name], name) for name in sorted(used))


def _architecture(told: dict, name: str) -> str:
    source = told["input"]
    read = f"{source['kind'].replace('+', ' and ')}"
    if source.get("backbone"):
        read += f" (layer {source.get('layer', 'chosen by the study')} of `{source['backbone']}`)"
    read += f" `{source['table']}`" if source.get("table") else ""
    settings = ", ".join(f"{key} {_plain(value)}" for key, value in sorted(told["settings"].items()))
    text = f"`{name}` is of the family {told['family']} and reads {read}"
    return f"{text}{f' (settings: {settings})' if settings else ''}{_training(told['training'])}."


def _training(training: dict) -> str:
    if not training:
        return ""
    optimizer = training.get("optimizer") or {}
    by = OPTIMIZERS[optimizer.get("name", "adam")]
    rate = optimizer.get("learning_rate", 0.001)
    text = f"; trained for at most {count(training.get('epochs', 40), 'epoch')} by {by}, learning rate {rate:g}"
    text += f", {training.get('batch', 32)} samples per step"
    rest = {k: v for k, v in training.items() if k not in ("epochs", "optimizer", "batch") and v not in (None, False)}
    return text + "".join(f", {key.replace('_', ' ')} {_plain(value)}" for key, value in sorted(rest.items()))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" if key != "kind" else _plain(inner) for key, inner in value.items())
    if isinstance(value, list):
        return "/".join(map(_plain, value))
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def selection(results: Results) -> str:
    """What chose epochs and settings, and on which rows."""
    records = [record for own in results.models for record in own.records]
    epochs = [record for record in records if (record.get("epochs_run") or 0) > 1]
    if not epochs:
        return (
            "No model has epochs to choose among." if records else "TO STATE: how models were trained; no run record."
        )
    chosen = [record for record in epochs if record.get("validation_clips") and record.get("select")]
    texts = [_by_validation(chosen)] if chosen else []
    texts += _fixed(epochs)
    if any(Fold.parse(record["cell"]["fold"]).is_final for record in epochs):
        texts.append("Final models were trained for the mean of their folds' best epochs; no test clip was looked at.")
    texts += [sentence(search) + _by_optuna(search.told) for search in results.searches]
    runs = len(results.study.runs)
    texts.append(f"Each model was trained {'once' if runs == 1 else f'{runs} times, with other seeds'}.")
    return " ".join(texts)


def _by_validation(chosen: list[dict]) -> str:
    by = Counter(record["select"] for record in chosen)
    named = listed([SELECTED.get(name, name) for name, _ in by.most_common()])
    return (
        f"The epoch of a fold is the first with the best validation {named}. Development scores take each fold's "
        "validation rows at the epoch that is best for the other folds together; they rank the models."
    )


def _fixed(epochs: list[dict]) -> list[str]:
    alone = [record for record in epochs if not record.get("validation_clips")]
    folds = [Fold.parse(record["cell"]["fold"]) for record in alone]
    if all(fold.is_final or fold.is_deploy for fold in folds):
        return []
    return ["Where no clips validate, the number of epochs is that of the config."]


def _by_optuna(told: dict) -> str:
    return " The sampler is Optuna's [@optuna]." if told["method"] == "tpe" else ""


def fusion(results: Results) -> str:
    """Each fusion and its members, and how one was chosen; empty without one."""
    planned = sorted({own.planned for own in results.models if own.kind == "fusion"})
    if not planned:
        return ""
    texts = [_fusion(results.study.fusions[name], name) for name in planned]
    texts.append("What a fusion learns, it learns on validation rows: for the rows of a fold on those of other folds.")
    for panel in panels(results):
        if panel.chosen_fusion:
            tried = count((panel.compare.get("fusions") or {}).get("tried") or 0, "combination")
            texts.append(f"On {panel.title}, `{panel.chosen_fusion}` was chosen of {tried} on development rows.")
    return " ".join(texts)


def _fusion(told: dict, name: str) -> str:
    members = told["members"]
    whose = listed([f"`{member}`" for member in sorted(members)]) if isinstance(members, list) else "every combination"
    heated = " after temperature scaling [@guo2017]" if told.get("calibration") == "temperature" else ""
    return f"The fusion `{name}` of {whose} is {FUSED[told['method']]}{heated}."


def scores(results: Results) -> str:
    """The score, and how its intervals were made."""
    texts = [SCORE]
    for panel in panels(results):
        tested = [score for entry in panel.entries for score in (entry.test, *entry.apart) if score]
        made = sorted({score.interval for score in tested if score.interval})
        texts.append(f"Intervals (95 %) of test scores on {panel.title}: {'; '.join(made) or 'none'}.")
    return _with_sources(" ".join(texts))


def tests(results: Results) -> str:
    """The paired tests of each panel, as its comparison names them."""
    texts = [_tests(panel) for panel in panels(results)]
    return _with_sources(" ".join(filter(None, texts))) or "No models were compared."


def _tests(panel: Panel) -> str:
    if not panel.compare:
        return f"TO STATE: the tests on {panel.title}; the comparison is {panel.uncompared or 'missing'}."
    told = []
    for key, of in (("against_references", "with the baselines"), ("against_best", "with the best model")):
        found = panel.compare.get(key) or {}
        if found.get("differences"):
            told.append(f"{of} ({count(found['family'], 'comparison')}): {found['method']}")
    gains = panel.compare.get("fusions") or {}
    if gains.get("gains"):
        told.append(f"of fusions with their best members: {gains['method']}")
    return f"Paired comparisons on {panel.title}, {'; '.join(told)}." if told else ""


def _with_sources(text: str) -> str:
    """The text, with the sources of the rules that it names."""
    named = [rule for word, rule in RULES.items() if word in text]
    return f"{text} Sources: {'; '.join(named)}." if named else text


def audit(results: Results) -> str:
    """What the audits of each protocol found."""
    texts = []
    for protocol in results.protocols:
        where = f"`{protocol.dataset}`, `{protocol.protocol}`"
        found = Counter(item["status"] for audit in protocol.audits for item in audit.get("findings", []))
        if not found:
            texts.append(f"TO STATE: an audit of {where}; there is none of this config.")
            continue
        told = [f"{found[status]} {word}" for status, word in STATUSES.items()]
        texts.append(f"Checks of the audit of {where}: {', '.join(told)}.")
    if results.study.config["controls"]:
        named = [str(name) for name in results.study.config["controls"]]
        texts.append(f"Negative and positive controls were run beside: {listed(named)}.")
    return " ".join(texts)


def software(results: Results) -> str:
    """Versions, seeds, threads and the machine, from the run records."""
    records = [record for own in results.models for record in own.records]
    commit = f", commit {results.commit[:12]}" if results.commit else ""
    ran = f"The study was run by ferstudy{commit} [@ferstudy]."
    tools = (
        "Jobs were run by Snakemake [@koester2012; @moelder2021], films were read with PyAV, faces were found and "
        "followed with OpenCV [@opencv]; their versions are those of the lock file."
    )
    texts = [ran, tools]
    versions = _versions(records)
    texts.append(f"Models were trained with {listed(versions, 20)}." if versions else "TO STATE: the versions used.")
    threads, machines = _values(records, "threads"), _values(records, "machine")
    if records:
        texts.append(
            f"Seed of the config: {results.study.config['training']['seed']}; threads of a training: {threads}; "
            f"machine: {machines}. TO STATE: processor, memory and GPU."
        )
    return " ".join(texts)


def _versions(records: list[dict]) -> list[str]:
    found: dict[str, set[str]] = {}
    for record in records:
        for package, version in (record.get("versions") or {}).items():
            found.setdefault(package, set()).add(str(version))
    named = {PACKAGES.get(package, package): versions for package, versions in found.items()}
    return [_versioned(name, sorted(versions)) for name, versions in sorted(named.items())]


def _versioned(name: str, versions: list[str]) -> str:
    """ "Keras 3.15.1 [@keras]"."""
    word, _, source = name.partition(" [")
    return f"{word} {' and '.join(versions)}{f' [{source}' if source else ''}"


def _values(records: list[dict], key: str) -> str:
    return listed(sorted({str(record[key]) for record in records if record.get(key) not in (None, "")})) or "unknown"


def others(results: Results) -> str:
    """Models whose predictions others have brought; empty without one."""
    brought: dict[str, ModelResults] = {own.model: own for own in results.models if own.kind == "external"}
    told = [f"`{name}` (trained on: {_plain(own.said.get('trained_on', 'unknown'))})" for name, own in brought.items()]
    if not told:
        return ""
    return f"Predictions of {listed(sorted(told))} were made elsewhere and held against the clips and folds."


def maps(results: Results) -> str:
    """How it was found what models looked at; empty where it was not."""
    used = {found.facts["method"] for found in results.explained.values()}
    ways = [text for method, text in MAPS.items() if method in used]
    if not ways:
        return ""
    return (
        f"What models looked at was found by {listed(ways)}, for the right and the wrong test clip of each class of "
        "which a model was surest, in one fold. These maps were held against those of models with random weights "
        "[@adebayo2018]."
    )
