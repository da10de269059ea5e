# The only functions of the workflow: the study, and from wildcards to inputs and params.
import json
import shlex
import sys
from pathlib import Path

# Not workflow.basedir: that is another folder when the workflow is loaded as a module of a user's own.
WORKFLOW = Path(str(workflow.current_basedir)).parent
SCRIPTS = WORKFLOW.parent / "scripts"
sys.path.insert(0, str(SCRIPTS))

from ferstudy import paths
from ferstudy.study.config import complete
from ferstudy.environment import put_python_on_path
from ferstudy.errors import StudyError
from ferstudy.plan import plan
from ferstudy.protocols import kinds
from ferstudy.provenance.digest import code_digest
from ferstudy.provenance.external import digest_of, listing
from ferstudy.study.check_searches import check as check_searches
from ferstudy.study import cluster, files
from ferstudy.study.check import check
from ferstudy.study.grid import Study
from ferstudy.study.modules import family

CONFIG = "config/config.yaml"
put_python_on_path()
shell.prefix(f"set -euo pipefail; SCRIPTS={str(SCRIPTS)!r}; ")


def read_study():
    """The checked study; a wrong config ends here with a sentence instead of a traceback."""
    others = [file for file in workflow.overwrite_configfiles if Path(file).resolve() != Path(CONFIG).resolve()]
    try:
        if others:
            raise StudyError(
                f"--configfile {others[0]} would be mixed with {CONFIG} key by key. A study is a folder with its own "
                "config/config.yaml: make one with `make study NAME=... DIR=...` and run it with --directory"
            )
        whole = complete(config, WORKFLOW / "schemas" / "config.schema.yaml", CONFIG)
        check(whole, CONFIG)
        check_searches(whole, WORKFLOW / "schemas" / "config.schema.yaml", CONFIG)
    except StudyError as error:
        raise WorkflowError(str(error)) from None
    return Study(whole)


STUDY = read_study()
INDEX = [
    *(paths.clips(leaf) for leaf in STUDY.all_leaves),
    *(paths.rejected_clips(leaf) for leaf in STUDY.all_leaves),
    *(paths.shard(leaf, number) for leaf in STUDY.all_leaves for number in STUDY.shards),
]


def either(names):
    """A wildcard's pattern: one of these names, or nothing that can occur."""
    return "|".join(names) or "(?!)"


wildcard_constraints:
    dataset=either(STUDY.datasets),
    leaf=either(STUDY.all_leaves),
    union=either(STUDY.unions),
    rendered=either(STUDY.rendered),
    stills=either(STUDY.config["stills"]),
    protocol=either(STUDY.protocols),
    recipe=either(STUDY.recipes),
    backbone=either(STUDY.backbones),
    source=r"stills|[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.(\d+|final|\d+\.\d+|\d+\.final|deploy)",
    layer=r"[A-Za-z0-9_-]+",
    arch=either(STUDY.architectures),
    fusion=either(STUDY.fusions),
    model=either([*STUDY.architectures, *STUDY.fusions]),
    fold=r"\d+|final|\d+\.\d+|\d+\.final|deploy",
    place=either(STUDY.search_places),
    worker=r"\d+",
    run=r"\d+",
    shard=r"\d+",


def code_of(*names):
    """The digest of the code that a job runs."""
    return code_digest(SCRIPTS, *names)


def as_json(value):
    """Settings as a param: the order of keys never counts."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def every_file(wildcards):
    """All files of the study, known once the index has been made."""
    for leaf in STUDY.all_leaves:
        checkpoints.index_clips.get(leaf=leaf)
    return files.every_file(STUDY)


# ---- cluster
def refuse_misfits():
    """On SLURM, ends before the first submission where a job fits no partition; elsewhere does nothing."""
    settings = workflow.executor_settings
    if not hasattr(settings, "partition_config"):
        return
    try:
        cluster.check(
            settings.partition_config, {request_of(job) for job in workflow.dag.needrun_jobs() if not job.is_local}
        )
    except StudyError as error:
        raise WorkflowError(str(error)) from None


def request_of(job):
    """What a job asks for, and where that is written."""
    asked = job.resources
    name, where = cluster.asker(job.rule.name, job.wildcards_dict, STUDY.search_places, CONFIG)
    amounts = [int(asked.get(key, 0) or 0) for key in ("mem_mb", "runtime")]
    return cluster.Request(
        name, where, *amounts, job.threads, int(asked.get("gpu", 0) or 0), str(asked.get("gpu_model", ""))
    )


# ---- data
def listing_of(wildcards):
    """Names, sizes and times of a dataset's files, so that the index notices a change; rendered ones are declared inputs."""
    return "rendered" if wildcards.leaf in STUDY.rendered else listing(STUDY.root(wildcards.leaf))


def file_digest(path):
    """The digest of a file that is not ours; it is no input of a rule, because Snakemake misses an older replacement."""
    return digest_of(path, "results/state/digests.json") if path else ""


def stated(entry, *keys):
    """These keys of a config entry as JSON, those that it has."""
    return as_json({key: entry[key] for key in keys if key in entry})


def crops_of(wildcards):
    """A recipe without what comes after the crops: other flow or trimming needs no new crops."""
    return as_json({key: part for key, part in STUDY.recipes[wildcards.recipe].items() if key not in ("flow", "trim")})


def models_of_recipe(wildcards):
    """Digests of the model files that a recipe names."""
    recipe = STUDY.recipes[wildcards.recipe]
    models = [recipe["detector"].get("model"), recipe["detector"].get("config"), recipe.get("align", {}).get("model")]
    return [file_digest(path) for path in models if path]


def landmark_model(recipe):
    """The recipe's own landmark model as an option, and its digest."""
    path = STUDY.recipes[recipe].get("align", {}).get("model")
    return f"--model {shlex.quote(path)}" if path else "", file_digest(path)


def own_files_of(leaf):
    """What a user made by hand for trimming, as options, and its digests."""
    entry = STUDY.datasets[leaf]
    given = [f"--{key} {shlex.quote(entry[key])}" for key in ("openface", "trims") if key in entry]
    seen = [file_digest(entry.get("trims")), listing(entry["openface"]) if "openface" in entry else ""]
    return " ".join(given), seen


def stills_settings(name):
    """How stills are rendered, or where those of a user lie."""
    entry = STUDY.config["stills"][name]
    return stated(entry, "adapter", "root", "classes", "labels") if "adapter" in entry else as_json(entry)


def stills_adapter(name):
    """The adapter of a user's stills; none where they are rendered."""
    entry = STUDY.config["stills"][name]
    return [entry["adapter"]] if "adapter" in entry else []


def stills_digest(name):
    """The digest of a user's stills."""
    root = STUDY.config["stills"][name].get("root", "")
    return listing(root) if Path(root).is_dir() and root else file_digest(root)


def shard_files(path):
    """An input function: `path(leaf, recipe, shard)` for every shard."""
    return lambda wildcards: [path(wildcards.leaf, wildcards.recipe, number) for number in STUDY.shards]


def comparison_of(leaf):
    """The detectors and trackers that are compared on a leaf."""
    entry = STUDY.config["report"]["face_comparison"]
    recipes = {name: STUDY.recipes[name] for name in entry["recipes"]}
    reference = entry.get("reference", entry["recipes"][0])
    recipes.setdefault(reference, STUDY.recipes[reference])
    crops = {
        name: {k: part for k, part in recipe.items() if k not in ("flow", "trim")} for name, recipe in recipes.items()
    }
    return {"recipes": as_json(crops), "reference": reference, "count": entry["clips"]}


def union_of(wildcards):
    """The classes of a union, and what the classes of its parts are called in it."""
    return as_json({"classes": STUDY.classes(wildcards.union), "labels": STUDY.datasets[wildcards.union]["labels"]})


# ---- protocols
def protocol_of(wildcards):
    """What decides a fold table; accepting a leak deals nothing anew."""
    return as_json(kinds.deciding(STUDY.protocols[wildcards.protocol]))


def audited(wildcards):
    """The protocol as the audit is told it: a model for use beside the folds concerns no split."""
    return as_json({key: value for key, value in STUDY.protocols[wildcards.protocol].items() if key != "deploy"})


def lists_of(wildcards):
    """The digests of the fold lists that are imported."""
    return [file_digest(path) for path in kinds.needs(STUDY.protocols[wildcards.protocol])]


def undeclared_union(dataset):
    """Whether nobody has said if equal names in the parts of a union are the same people."""
    entry = STUDY.datasets[dataset]
    return "union" in entry and "subjects" not in entry


def stills_of(wildcards):
    """The tables of all stills on which a backbone of this dataset and protocol was trained."""
    models = STUDY.models(wildcards.dataset, wildcards.protocol, "architecture")
    backbones = {STUDY.architectures[name]["input"].get("backbone") for name in models} - {None}
    stills = {STUDY.backbones[name].get("stills") for name in backbones} - {None}
    return sorted(paths.stills(name, "csv") for name in stills)


# ---- backbones
def backbone_code(wildcards):
    return code_of("fit_backbone.py", f"ferstudy/models/{STUDY.backbones[wildcards.backbone]['network']}.py")


def source_of(wildcards):
    """Dataset, protocol and fold whose frames a backbone learns from."""
    return STUDY.sources[wildcards.source]


def source_cell(wildcards):
    return as_json(dict(zip(("dataset", "protocol", "fold"), source_of(wildcards))))


def source_classes(wildcards):
    return as_json(STUDY.classes(source_of(wildcards)[0]))


def source_stores(wildcards):
    """The crops of the dataset whose frames a backbone learns from."""
    leaves = STUDY.leaves(source_of(wildcards)[0])
    return [files.crops(STUDY, leaf, wildcards.recipe, number) for leaf in leaves for number in STUDY.shards]


def source_coverage(wildcards):
    return [paths.coverage(leaf, wildcards.recipe, "json") for leaf in STUDY.leaves(source_of(wildcards)[0])]


def source_earlier(wildcards):
    """The backbones of the folds, from which that of `final` takes the epochs and rates of its phases."""
    dataset, protocol, fold = source_of(wildcards)
    earlier = [STUDY.source(wildcards.backbone, dataset, protocol, name) for name in STUDY.earlier(protocol, fold)]
    return [paths.backbone(wildcards.backbone, wildcards.recipe, name, "model.zip") for name in earlier]


def copies_of(wildcards):
    """The augmented copies of clips whose features are stored."""
    return as_json(STUDY.copies(wildcards.recipe, wildcards.backbone, wildcards.layer))


# ---- train
def trainer_of(wildcards):
    return trainer_of_family(STUDY.architectures[wildcards.arch]["family"])


def trainer_of_family(name):
    return family(name)["TRAINER"]


def training_code(wildcards):
    return code_of_training(wildcards.arch)


def code_of_training(arch):
    """A family's training depends on its own module only, not on those of the other families."""
    name = STUDY.architectures[arch]["family"]
    return code_of("train_fold.py", f"ferstudy/training/{family(name)['TRAINER']}.py", f"ferstudy/models/{name}.py")


def architecture_of(wildcards):
    entry = STUDY.architectures[wildcards.arch]
    return as_json({key: entry[key] for key in ("family", "input", "sampling", "settings", "training")})


def training_study(wildcards):
    return study_of_training(wildcards.dataset)


def study_of_training(dataset):
    """What every training on a dataset is told of the study."""
    training = STUDY.config["training"]
    common = {key: training[key] for key in ("seed", "threads", "backend", "select")}
    return as_json({**common, "classes": STUDY.classes(dataset)})


def stores_of(kind):
    """An input function: the stores of this kind that the training reads."""
    return lambda wildcards: files.stores(
        STUDY, wildcards.dataset, wildcards.protocol, wildcards.arch, wildcards.fold, kind
    )


def frozen_of(wildcards):
    """The backbone that runs within the architecture."""
    return files.frozen(STUDY, wildcards.dataset, wildcards.protocol, wildcards.arch, wildcards.fold)


def precision_of(entry):
    """In what the backbone of an architecture computes, where it runs within it."""
    return STUDY.backbones[entry["input"]["backbone"]]["precision"] if "backbone" in entry["input"] else "float32"


def coverage_of(wildcards):
    """The face summaries of the architecture's recipe, on every leaf of its dataset."""
    recipe = STUDY.architectures[wildcards.arch]["input"]["recipe"]
    return [paths.coverage(leaf, recipe, "json") for leaf in STUDY.leaves(wildcards.dataset)]


def earlier_of(wildcards):
    """`final` and `deploy` take their epochs and learning rates from the histories of the folds of the same run."""
    cell, earlier = (wildcards.dataset, wildcards.protocol, wildcards.arch), STUDY.earlier(
        wildcards.protocol, wildcards.fold
    )
    return [paths.model(*cell, fold, wildcards.run, "history.csv") for fold in earlier]


def needs_of(what, entries, wildcard):
    """A resource function: what a model needs, and twice as much on the second attempt."""
    return lambda wildcards, attempt: entries[wildcards[wildcard]]["needs"][what] * (1 if what == "gpu" else attempt)


# ---- search
def search_at(wildcards):
    """What the jobs at a place of a search are told."""
    return STUDY.search_places[wildcards.place]


def told_of_search(wildcards):
    """The same as a param. A model for use that takes the settings, and is not tested, makes no other search."""
    told = search_at(wildcards)
    return as_json({**told, "serves": [fold for fold in told["serves"] if fold != "deploy"]})


def searched_of(wildcards):
    """The config entry that is searched."""
    told = search_at(wildcards)
    return STUDY.architectures[told["architecture"]] if "architecture" in told else STUDY.backbones[told["backbone"]]


def searched_entry(wildcards):
    """The entry without what other machines or protocols would change in it."""
    keys = ("family", "input", "sampling", "network", "weights", "settings", "training", "phases")
    return stated(searched_of(wildcards), *keys)


def searched_stores(kind):
    """An input function: the stores of this kind that the searched architecture reads in each of its folds."""
    keys = ("dataset", "protocol", "architecture")
    return lambda wildcards: files.stores(
        STUDY, *(search_at(wildcards)[key] for key in keys), search_at(wildcards)["names"][0], kind
    )


def searched_frozen(wildcards):
    """The backbone that runs within the searched architecture."""
    keys = ("dataset", "protocol", "architecture")
    return files.frozen(STUDY, *(search_at(wildcards)[key] for key in keys), search_at(wildcards)["names"][0])


def searched_coverage(wildcards):
    """The face summaries of the searched architecture's recipe, on every leaf of its dataset."""
    recipe = searched_of(wildcards)["input"]["recipe"]
    return [paths.coverage(leaf, recipe, "json") for leaf in STUDY.leaves(search_at(wildcards)["dataset"])]


def search_code(wildcards):
    """Another family's, and for stills the clips', training is no part of a search."""
    entry = searched_of(wildcards)
    if "network" in entry:
        return code_of("search_worker.py", "ferstudy/search/stills.py", f"ferstudy/models/{entry['network']}.py")
    name = entry["family"]
    trainer = f"ferstudy/training/{trainer_of_family(name)}.py"
    return code_of("search_worker.py", "ferstudy/search/clips.py", trainer, f"ferstudy/models/{name}.py")


def search_needs(what):
    """A resource function: what the searched model needs, and twice as much on the second attempt."""
    return lambda wildcards, attempt: searched_of(wildcards)["needs"][what] * (1 if what == "gpu" else attempt)


def study_of_backbones(wildcards):
    """What every search of a backbone is told of the study."""
    return stated(STUDY.config["training"], "seed", "threads", "backend", "select")


def best_of(wildcards):
    """The chosen settings that a training takes."""
    return files.best_of(STUDY, wildcards.dataset, wildcards.protocol, wildcards.arch, wildcards.fold)


def digests_of(chosen):
    """The digests of chosen settings as they are now. Not by `input`: Snakemake compares no param that is derived from it."""
    return [file_digest(path) for path in chosen]


def weights_of(backbone):
    """The digest of the file of weights that a backbone starts from."""
    weights = STUDY.backbones[backbone]["weights"]
    return weights if weights in ("none", "imagenet") else file_digest(weights)


# ---- fuse, evaluate
def evaluation_of(wildcards):
    """How scores are made; where every fold draws its test clips, or is a dataset of its own, they are not pooled."""
    scored = {"apart": {"pool": False}, "repeats": {"repeats": True}, "pooled": {}}
    return as_json({**STUDY.config["evaluation"], **scored[kinds.scored(STUDY.protocols[wildcards.protocol])]})


def architectures_of(wildcards):
    """The architectures to read: members for a fusing job; a finished fusion's own table has its validation rows already."""
    name = wildcards.get("fusion") or wildcards.model
    return [] if name in STUDY.fusions and "model" in wildcards.keys() else STUDY.members(name)


def validation_keys(wildcards):
    """architecture/fold/run of every validation store behind a model, in the order of `validation_of`."""
    return list(files.validation(STUDY, wildcards.dataset, wildcards.protocol, architectures_of(wildcards)))


def validation_of(wildcards):
    return list(files.validation(STUDY, wildcards.dataset, wildcards.protocol, architectures_of(wildcards)).values())


def predictions_of(wildcards, model):
    """The prediction tables of one model: of every fold and run that predicts, or the one table of a fusion."""
    cell = (wildcards.dataset, wildcards.protocol, model)
    if model in STUDY.fusions:
        return [paths.fused(*cell, "csv")]
    return [paths.predictions(*cell, fold, run) for fold in STUDY.scored(wildcards.protocol) for run in STUDY.runs]


def member_predictions(wildcards):
    return [path for name in STUDY.members(wildcards.fusion) for path in predictions_of(wildcards, name)]


def compared(wildcards):
    """Every model of a dataset and protocol; sorted, since the order in the config says nothing."""
    return sorted(cell.model for cell in STUDY.cells if cell[:2] == (wildcards.dataset, wildcards.protocol))


def compared_predictions(wildcards):
    return [path for model in compared(wildcards) for path in predictions_of(wildcards, model)]


def compared_scores(wildcards):
    return [paths.scores(wildcards.dataset, wildcards.protocol, model) for model in compared(wildcards)]


def compared_fusions(wildcards):
    names = STUDY.models(wildcards.dataset, wildcards.protocol, "fusion")
    return as_json({name: {"members": STUDY.fusions[name]["members"]} for name in names})


def compared_baselines(wildcards):
    return as_json({"baselines": STUDY.baselines(wildcards.dataset, wildcards.protocol)})


# ---- report
def report_code():
    templates = sorted(str(path.relative_to(SCRIPTS)) for path in (SCRIPTS / "ferstudy/report/templates").iterdir())
    return code_of("make_report.py", *templates)


def report_inputs(wildcards):
    """The tables of the study, and the face stores from which crops may be shown."""
    tables = [path for path in files.every_file(STUDY) if path.endswith((".csv", ".json"))]
    shown = [leaf for leaf in STUDY.all_leaves if STUDY.datasets[leaf]["faces_in_report"] != "none"]
    return tables + [
        paths.faces(leaf, recipe, number)
        for leaf in shown
        for recipe in STUDY.recipes_on(leaf)
        for number in STUDY.shards
    ]


def plan_of_report(wildcards=None):
    """What the page is about: every planned cell, where its files are, and the digest of the code that should have made them."""
    trained = {name: code_of_training(name) for name in STUDY.architectures}
    return json.dumps(plan(STUDY, CONFIG, trained), sort_keys=True, ensure_ascii=False, indent=1)
