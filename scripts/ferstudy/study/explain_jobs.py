"""The jobs that explain what trained models looked at: what each is told, from the study and the rule's wildcards."""

from ferstudy import paths
from ferstudy.jobs.explain_model import ExplainModel
from ferstudy.study import cost_jobs, files
from ferstudy.study.grid import Study
from ferstudy.study.named_in_report import asked

LANDMARKS = "it reads landmarks, in which no pixel of the face is left"
TABLE = "it reads a table of another tool, in which no pixel of the face is left"
FILE = "its backbone is a network of others, which runs in an environment of its own"


def explain_model(study: Study, dataset: str, protocol: str, arch: str) -> ExplainModel:
    fold, run, kinds = tested(study, protocol), study.runs[0], study.kinds(arch)
    stores = {kind: files.stores(study, dataset, protocol, arch, fold, kind) for kind in kinds}
    backbone = cost_jobs.backbone_of(study, dataset, protocol, arch, fold)
    backbone.pop("precision", None)
    return ExplainModel(
        dataset=dataset,
        protocol=protocol,
        architecture=arch,
        fold=fold,
        family=study.architectures[arch]["family"],
        kinds=list(kinds),
        backend=study.config["training"]["backend"],
        without=without(study, arch, bool(backbone)),
        **(stores | backbone),
        **(_shown(study, dataset) if backbone else {}),
        model=paths.model(dataset, protocol, arch, fold, run, "model.zip"),
        predictions=paths.predictions(dataset, protocol, arch, fold, run),
        out=paths.explained(dataset, protocol, arch, "json"),
        samples=paths.explained(dataset, protocol, arch, "csv"),
        maps=paths.explained(dataset, protocol, arch, "h5"),
    )


def _shown(study: Study, dataset: str) -> dict:
    """Whose faces may be shown, as fields of the job: of a union those that each of its datasets shows."""
    first, *others = [study.datasets[leaf]["faces_in_report"] for leaf in study.leaves(dataset)]
    if study.config["report"]["public"] or first == "none" or any(one != first for one in others):
        return {}
    return {"everybody": True} if first == "all" else {"people": first}


def tested(study: Study, protocol: str) -> str:
    """The first fold with test clips: the final one, or the first outer one, where folds only choose."""
    scored, choosing = study.scored(protocol), study.folds(protocol)
    return next((fold for fold in scored if fold not in choosing), scored[0])


def without(study: Study, arch: str, backbone: bool) -> str:
    """Why an architecture that reads no pictures can have no map; empty where it can."""
    wanted, kinds = study.architectures[arch]["input"], study.kinds(arch)
    if "landmarks" in kinds:
        return LANDMARKS
    if wanted["kind"] == "table":
        return TABLE
    return FILE if "features" in kinds and not backbone else ""


def explained(study: Study) -> list[tuple[str, str, str]]:
    """(dataset, protocol, architecture) of what is explained, under the protocols of `report/explain_protocols`.

    Without any, and of a dataset that has none of these, it is the first.
    """
    named, found = study.config["report"]["explain_protocols"], []
    for dataset, arch in asked(study, "explain"):
        own = [cell.protocol for cell in study.cells if (cell.dataset, cell.model) == (dataset, arch)]
        found += [(dataset, protocol, arch) for protocol in [name for name in own if name in named] or own[:1]]
    return found
