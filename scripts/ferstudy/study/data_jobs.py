"""The jobs of data and protocols: what each is told, from the study and the rule's wildcards."""

from typing import Any

from ferstudy import paths
from ferstudy.jobs.audit_protocol import AuditProtocol
from ferstudy.jobs.check_gate import CheckGate
from ferstudy.jobs.compare_faces import CompareFaces
from ferstudy.jobs.compute_flow import ComputeFlow
from ferstudy.jobs.control_crops import ControlCrops
from ferstudy.jobs.draw_boxes import DrawBoxes
from ferstudy.jobs.extract_faces import ExtractFaces
from ferstudy.jobs.find_landmarks import FindLandmarks
from ferstudy.jobs.fingerprint_clips import FingerprintClips
from ferstudy.jobs.index_clips import IndexClips
from ferstudy.jobs.join_clips import JoinClips
from ferstudy.jobs.make_folds import MakeFolds
from ferstudy.jobs.make_stills import MakeStills
from ferstudy.jobs.make_synthetic import MakeSynthetic
from ferstudy.jobs.read_sound import ReadSound
from ferstudy.jobs.read_tables import ReadTables
from ferstudy.jobs.sum_faces import SumFaces
from ferstudy.jobs.trim_faces import TrimFaces
from ferstudy.protocols import kinds
from ferstudy.study import files, foreign_tables
from ferstudy.study.grid import Study
from ferstudy.study.parts import some, who
from ferstudy.study.people_jobs import described_stills
from ferstudy.tables import spellings


def make_synthetic(study: Study, rendered: str) -> MakeSynthetic:
    entry = study.datasets[rendered]
    return MakeSynthetic(
        render=entry["render"],
        classes=entry["classes"],
        root=paths.synthetic(rendered),
        truth=paths.truth(rendered),
    )


def make_stills(study: Study, stills: str) -> MakeStills:
    entry = study.config["stills"][stills]
    given = {}
    if "adapter" in entry:
        given = files.file_or_folder(entry["root"])
        entry = some(entry, "adapter", "classes", "labels")
    store, table, rejected = (paths.stills(stills, kind) for kind in ("h5", "csv", "rejected.csv"))
    return MakeStills(stills=entry, store=store, table=table, rejected=rejected, **given)


def index_clips(study: Study, leaf: str) -> IndexClips:
    entry = study.datasets[leaf]
    given = {"root": paths.synthetic(leaf), "truth": paths.truth(leaf)} if leaf in study.rendered else {}
    return IndexClips(
        **some(entry, "adapter", "options", "classes", "labels", "shortest", "require_all_classes"),
        **(given or {"videos": entry["root"]}),
        state=f"{paths.STATE}/index_clips/{leaf}",
        clips=paths.clips(leaf),
        rejected=paths.rejected_clips(leaf),
        notes=paths.notes(leaf),
        shards=[paths.shard(leaf, number) for number in study.shards],
    )


def join_clips(study: Study, union: str) -> JoinClips:
    entry = study.datasets[union]
    shared = entry.get("subjects") == "shared"
    return JoinClips(
        leaves=study.leaves(union),
        classes=study.classes(union),
        labels=entry["labels"],
        shared=shared,
        folded=shared and all(_people(study, leaf) == "folded" for leaf in study.leaves(union)),
        tables=[paths.clips(leaf) for leaf in study.leaves(union)],
        clips=paths.clips(union),
        rejected=paths.rejected_clips(union),
    )


def fingerprint_clips(study: Study, leaf: str, shard: int) -> FingerprintClips:
    return FingerprintClips(leaf=leaf, clips=paths.shard(leaf, shard), out=paths.fingerprints(leaf, shard))


def extract_faces(study: Study, leaf: str, recipe: str, shard: int) -> ExtractFaces:
    entry = study.recipes[recipe]
    models = [entry["detector"].get("model"), entry["detector"].get("config"), entry.get("align", {}).get("model")]
    return ExtractFaces(
        leaf=leaf,
        recipe=_crops(entry),
        shortest=study.datasets[leaf]["shortest"],
        models=[path for path in models if path],
        clips=paths.shard(leaf, shard),
        store=paths.faces(leaf, recipe, shard),
        rejected=paths.rejected_faces(leaf, recipe, shard),
    )


def _crops(recipe: dict) -> dict[str, Any]:
    """A recipe without what comes after the crops: other flow or trimming needs no new crops."""
    return {key: part for key, part in recipe.items() if key not in ("flow", "trim")}


def trim_faces(study: Study, leaf: str, recipe: str, shard: int) -> TrimFaces:
    entry = study.datasets[leaf]
    return TrimFaces(
        leaf=leaf,
        trim=study.recipes[recipe]["trim"],
        phases=entry["phases"],
        **some(entry, "trims", "openface"),
        faces=paths.faces(leaf, recipe, shard),
        passed=files.crops_passed(study, recipe, leaf),
        clips=[paths.shard(leaf, number) for number in study.shards],
        store=paths.trimmed(leaf, recipe, shard, "h5"),
        table=paths.trimmed(leaf, recipe, shard, "csv"),
        curves=paths.trimmed(leaf, recipe, shard, "curves.csv"),
    )


def control_crops(study: Study, leaf: str, hidden: str, shard: int) -> ControlCrops:
    entry = study.recipes[hidden]
    return ControlCrops(
        control=entry["control"],
        crop=entry["crop"],
        faces=files.crops(study, leaf, entry["of"], shard),
        passed=files.crops_passed(study, hidden, leaf),
        clips=paths.shard(leaf, shard) if entry["control"] == "background_only" else "",
        out=paths.controlled(leaf, hidden, shard),
    )


def compare_faces(study: Study, leaf: str) -> CompareFaces:
    entry = study.config["report"]["face_comparison"]
    reference = entry.get("reference", entry["recipes"][0])
    return CompareFaces(
        leaf=leaf,
        recipes={name: _crops(study.recipes[name]) for name in (*entry["recipes"], reference)},
        reference=reference,
        count=entry["clips"],
        clips=[paths.clips(leaf)],
        out=paths.face_comparison(leaf),
    )


def compute_flow(study: Study, leaf: str, recipe: str, shard: int) -> ComputeFlow:
    return ComputeFlow(
        flow=study.recipes[recipe]["flow"],
        faces=files.crops(study, leaf, recipe, shard),
        passed=files.crops_passed(study, recipe, leaf),
        out=paths.flow(leaf, recipe, shard),
    )


def find_landmarks(study: Study, leaf: str, recipe: str, shard: int) -> FindLandmarks:
    return FindLandmarks(
        model=study.recipes[recipe].get("align", {}).get("model", ""),
        faces=files.crops(study, leaf, recipe, shard),
        passed=files.crops_passed(study, recipe, leaf),
        out=paths.landmarks(leaf, recipe, shard),
    )


def draw_boxes(study: Study, leaf: str, recipe: str) -> DrawBoxes:
    shown = study.datasets[leaf]["faces_in_report"]
    return DrawBoxes(
        people=[] if shown == "all" else shown,
        clips=paths.clips(leaf),
        faces=[paths.faces(leaf, recipe, number) for number in study.shards],
        out=paths.boxes(leaf, recipe),
    )


def read_tables(study: Study, leaf: str, table: str, shard: int) -> ReadTables:
    entry, clips, own = study.tables[table], paths.clips(leaf), paths.shard(leaf, shard)
    store, rejected, notes = (paths.table_rows(leaf, table, shard, kind) for kind in files.TABLES)
    return ReadTables(
        leaf=leaf,
        told=some(entry, *foreign_tables.TOLD),
        shortest=study.datasets[leaf]["shortest"],
        where={**some(entry, "root", "pattern"), "clips": clips, "shard": own},
        shard=own,
        clips=clips,
        films=paths.fingerprints(leaf, shard) if study.filmed(leaf) else "",
        store=store,
        rejected=rejected,
        notes=notes,
    )


def read_sound(study: Study, leaf: str, sound: str, shard: int) -> ReadSound:
    store, rejected, notes = (paths.table_rows(leaf, sound, shard, kind) for kind in files.TABLES)
    return ReadSound(
        leaf=leaf,
        covered_frames=study.tables[sound]["covered_frames"],
        shortest=study.datasets[leaf]["shortest"],
        shard=paths.shard(leaf, shard),
        store=store,
        rejected=rejected,
        notes=notes,
    )


def sum_faces(study: Study, leaf: str, made: str, what: str) -> SumFaces:
    faces = {"faces": paths.faces, "rejected": paths.rejected_faces}
    tables = {
        "faces": lambda *place: paths.table_rows(*place, "h5"),
        "rejected": lambda *place: paths.table_rows(*place, "rejected.csv"),
    }
    of = {"faces": faces, "tables": tables}[what]
    return SumFaces(
        leaf=leaf,
        limit=study.datasets[leaf]["reject_limit"],
        clips=[paths.shard(leaf, number) for number in study.shards],
        index=paths.rejected_clips(leaf),
        what="" if what == "faces" else what,
        joined=files.joined_tables(study, leaf, made) if what == "tables" else [],
        **{field: [path(leaf, made, number) for number in study.shards] for field, path in of.items()},
        out=paths.coverage(leaf, made, "json", what),
    )


def check_gate(study: Study, gate: str, below: str) -> CheckGate:
    place, of_audit = below.split("/"), gate == "audit"
    judged = audit_protocol(study, *place) if of_audit else sum_faces(study, *place, gate)
    return CheckGate(
        **{"audit" if of_audit else "faces": judged.out},
        trained=of_audit and bool(study.models(*place, "architecture")),
        after=judged.listed("reads", "table"),
        out=f"{judged.out.removesuffix('.json')}.passed",
    )


def make_folds(study: Study, dataset: str, protocol: str) -> MakeFolds:
    entry = study.protocols[protocol]
    return MakeFolds(
        dataset=dataset,
        protocol=kinds.deciding(entry),
        classes=study.classes(dataset),
        lists=list(kinds.needs(entry)),
        **who(study, dataset),
        clips=paths.clips(dataset),
        state=f"{paths.STATE}/make_folds/{dataset}/{protocol}",
        folds=paths.folds(dataset, protocol),
    )


def audit_protocol(study: Study, dataset: str, protocol: str) -> AuditProtocol:
    # A model for use beside the folds concerns no split.
    entry = dict(study.protocols[protocol])
    del entry["deploy"]
    leaves, union = study.leaves(dataset), "union" in study.datasets[dataset]
    of = study.dealings.get(protocol, protocol)  # folds that are dealt again have some of its models
    stills, elsewhere = study.stills_behind(dataset, of), study.trained_elsewhere(dataset, of)
    return AuditProtocol(
        dataset=dataset,
        name=protocol,
        protocol=entry,
        undeclared_union=union and "subjects" not in study.datasets[dataset],
        exact=[f"{leaf}/" if union else "" for leaf in leaves if _people(study, leaf) == "exact"],
        elsewhere=elsewhere,
        names=_names(study, dataset) if elsewhere else [],
        **who(study, dataset),
        clips=paths.clips(dataset),
        folds=paths.folds(dataset, protocol),
        stills=[paths.stills(name, "csv") for name in stills],
        pictures=[paths.stills(name, "h5") for name in stills],
        fingerprints=[
            paths.fingerprints(leaf, number) for leaf in leaves if study.filmed(leaf) for number in study.shards
        ],
        descriptors=[paths.people(leaf, number) for leaf in leaves if study.compares(leaf) for number in study.shards],
        described_stills=[paths.people_in_stills(name) for name in described_stills(study, dataset, of)],
        state=f"{paths.STATE}/audit_protocol/{dataset}/{protocol}",
        out=paths.audit(dataset, protocol, "json"),
        pairs=paths.pairs(dataset, protocol),
    )


def _names(study: Study, dataset: str) -> list[str]:
    """All names by which others may call a dataset: its own, those of its leaves and of their adapters."""
    leaves = study.leaves(dataset)
    return sorted({dataset, *leaves, *(study.datasets[leaf]["adapter"] for leaf in leaves)})


def _people(study: Study, leaf: str) -> str:
    """What the dataset says of the spellings of its subjects: exact, folded or nothing."""
    return spellings.answered(study.datasets[leaf]["options"])[0]
