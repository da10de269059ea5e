"""Every job of a study and every file that they make, but for the page.

Standard library only: this is read at every parse of the workflow.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from ferstudy.jobs.job import Job
from ferstudy.study import (
    audit_jobs,
    beside,
    cost_jobs,
    data_jobs,
    early_jobs,
    explain_jobs,
    export_jobs,
    exports,
    foreign_tables,
    listing_jobs,
    model_jobs,
    patterns,
    people_jobs,
    result_jobs,
    robustness_jobs,
    teacher_jobs,
    teachers,
)
from ferstudy.study.grid import Study

INDEX = ("make_synthetic", "index_clips")  # whose files `files.index` lists, or nothing but these jobs reads

Wildcards = Iterable[tuple]


def every_job(study: Study) -> Iterator[tuple[str, Job]]:
    """Every job of `study` but that of the page, each with its rule, in the order of the way from videos to scores."""
    for jobs in (_of_data(study), _of_models(study), _of_results(study)):
        for build, wildcards in jobs:
            for one in wildcards:
                yield build.__name__, build(study, *one)


def every_file(study: Study) -> list[str]:
    """Every file of the study but the index and the page.

    A complete list matters: Snakemake does not remake a missing intermediate whose consumers exist, so after a
    failed job a plan that asks only for the page forgets it.
    """
    return sorted(path for rule, job in every_job(study) if rule not in INDEX for path in job.listed("writes"))


def _of_data(study: Study) -> Iterator[tuple[Callable[..., Job], Wildcards]]:
    datasets = dict.fromkeys(dataset for dataset, _ in study.pairs)
    leaves = dict.fromkeys(leaf for dataset in datasets for leaf in study.leaves(dataset))
    crops = [(leaf, recipe) for leaf in leaves for recipe in study.recipes_on(leaf)]
    tables = [(leaf, table) for leaf in leaves for table in study.tables_on(leaf)]
    stills = sorted({study.backbones[name]["stills"] for name, _, of in study.trained_backbones if of == "stills"})
    dealt = beside.pairs(study)
    gates = [("faces", place) for place in crops] + [("tables", place) for place in tables]
    gates += [("audit", place) for place in dealt]
    compared = study.config["report"].get("face_comparison")
    yield data_jobs.make_synthetic, [(leaf,) for leaf in study.rendered]
    yield data_jobs.make_stills, [(name,) for name in stills]
    yield data_jobs.index_clips, [(leaf,) for leaf in study.all_leaves]
    yield data_jobs.join_clips, [(dataset,) for dataset in datasets if dataset in study.unions]
    yield data_jobs.fingerprint_clips, product(filter(study.filmed, leaves), study.shards)
    yield data_jobs.extract_faces, _shards(study, crops)
    yield people_jobs.describe_people, product(filter(study.compares, leaves), study.shards)
    seen = {name for place in study.pairs for name in people_jobs.described_stills(study, *place)}
    yield people_jobs.describe_stills, [(name,) for name in sorted(seen)]
    yield people_jobs.name_people, [(leaf,) for leaf in leaves if study.names_by_face(leaf)]
    yield data_jobs.trim_faces, _shards(study, [place for place in crops if study.trims(*place)])
    yield data_jobs.control_crops, _shards(study, _hidden(study))
    yield data_jobs.compute_flow, _shards(study, _read(study, "flow"))
    yield data_jobs.find_landmarks, _shards(study, _read(study, "landmarks"))
    heard = [place for place in tables if place[1] in foreign_tables.sounds(study.tables)]
    yield data_jobs.read_tables, _shards(study, [place for place in tables if place not in heard])
    yield data_jobs.read_sound, _shards(study, heard)
    yield data_jobs.sum_faces, [(*place, "faces") for place in crops] + [(*place, "tables") for place in tables]
    yield data_jobs.make_folds, dealt
    yield data_jobs.audit_protocol, dealt
    yield data_jobs.check_gate, [(gate, "/".join(place)) for gate, place in gates]
    yield data_jobs.compare_faces, [(compared["dataset"],)] if compared else []


def _shards(study: Study, places: Iterable[tuple[str, str]]) -> Wildcards:
    return [(*place, number) for place in places for number in study.shards]


def _read(study: Study, kind: str) -> list[tuple[str, str]]:
    """The (leaf, recipe) of which an architecture reads stores of this kind."""
    cells = [cell for cell in study.trained if kind in study.kinds(cell.model)]
    recipe = {cell.model: study.architectures[cell.model]["input"]["recipe"] for cell in cells}
    return sorted({(leaf, recipe[cell.model]) for cell in cells for leaf in study.leaves(cell.dataset)})


def _hidden(study: Study) -> list[tuple[str, str]]:
    """The (leaf, recipe) of the crops that controls are trained on."""
    read = [(cell.dataset, study.architectures[cell.model]["input"].get("recipe")) for cell in study.trained]
    hidden = [(dataset, recipe) for dataset, recipe in read if "of" in study.recipes.get(recipe, {})]
    return sorted({(leaf, recipe) for dataset, recipe in hidden for leaf in study.leaves(dataset)})


def _of_models(study: Study) -> Iterator[tuple[Callable[..., Job], Wildcards]]:
    places = study.search_places
    yield model_jobs.fit_backbone, study.trained_backbones
    described = sorted(_described(study))
    yield model_jobs.extract_features, [place for place in described if place[3] != "file"]
    yield model_jobs.run_network, [(*place[:3], *place[5:]) for place in described if place[3] == "file"]
    yield listing_jobs.list_stores, listing_jobs.listed(study)
    yield model_jobs.search_worker, [(place, n) for place, told in places.items() for n in range(told["workers"])]
    yield model_jobs.best_settings, [(place,) for place in places]
    folds = [(*cell[:3], fold) for cell in study.trained for fold in beside.trainings(study, cell)]
    yield model_jobs.train_fold, [(*one, run) for one in folds for run in study.runs]
    yield teacher_jobs.ask_teacher, teacher_jobs.asked(study)
    yield cost_jobs.measure_model, cost_jobs.measured(study)
    yield early_jobs.predict_early, early_jobs.early(study)
    yield robustness_jobs.measure_robustness, robustness_jobs.robust(study)
    yield explain_jobs.explain_model, explain_jobs.explained(study)


def _described(study: Study) -> set[tuple]:
    """The wildcards of extract_features, of every cell that reads stored features; run_network's lack source and layer.

    Of each cell they are those of each fold.
    """
    found = set()
    for cell in study.trained:
        dataset, protocol, model, _ = cell
        if "features" in study.kinds(model):
            if study.architectures[model]["input"]["kind"] == "table":
                continue
            entry = study.architectures[model]["input"]
            sources = {
                study.source(entry["backbone"], dataset, protocol, fold) for fold in beside.trainings(study, cell)
            }
            copies = ("", ".copies") if "copies" in entry else ("",)
            of = ([entry["recipe"]], [entry["backbone"]], sources, [entry["layer"]])
            found.update(product(study.leaves(dataset), *of, study.shards, copies))
    return found


def _of_results(study: Study) -> Iterator[tuple[Callable[..., Job], Wildcards]]:
    fusions = [cell[:3] for cell in study.cells if cell.kind == "fusion"]
    controls = [(*pair, name) for pair in study.pairs for name in study.controls]
    yield result_jobs.make_control, controls
    yield result_jobs.import_predictions, [cell[:3] for cell in study.cells if cell.kind == "external"] + controls
    yield result_jobs.import_votes, [(dataset,) for dataset in study.config["human"]]
    alone = [place for place in fusions if not patterns.is_pattern(study.fusions[place[2]])]
    yield result_jobs.fit_fusion, alone
    yield result_jobs.fuse, alone
    yield result_jobs.fuse_pattern, [place for place in fusions if place not in alone]
    others = [cell[:3] for cell in study.trained if cell.kind not in ("architecture", teachers.KIND)]
    yield result_jobs.score, [cell[:3] for cell in study.cells] + controls + others
    yield result_jobs.compare, study.pairs
    yield audit_jobs.audit_run, study.pairs
    yield export_jobs.export_model, exports.exported(study)
    yield export_jobs.export_fusion, exports.fused(study)
    yield export_jobs.convert_model, exports.converted(study)
