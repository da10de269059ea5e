"""What the page is told of the study: every planned cell, what was left out, and where the files are.

Standard library only, as the study package. Paths are relative to the study folder.
"""

from ferstudy import paths
from ferstudy.search.space import fits, trials
from ferstudy.study import files
from ferstudy.study.grid import Cell, Study
from ferstudy.study.modules import family


def plan(study: Study, config_path: str, code: dict[str, str]) -> dict:
    """The plan of a study as JSON-ready values; `code` is the digest of each architecture's training code."""
    report = study.config["report"]
    return {
        "title": report["title"],
        "question": report["question"],
        "config_path": config_path,
        "config": _without_needs(study.config),
        "code": code,
        "cells": [_cell(study, cell) for cell in study.cells],
        "skips": [skip._asdict() for skip in study.skips],
        "datasets": [_dataset(study, name) for name in dict.fromkeys(dataset for dataset, _ in study.pairs)],
        "protocols": [_protocol(study, dataset, protocol) for dataset, protocol in study.pairs],
        "backbones": _backbones(study),
        "searches": [_search(study, name) for name in study.searches],
        "face_comparison": paths.face_comparison(report["face_comparison"]["dataset"])
        if "face_comparison" in report
        else "",
        "benchmarks": f"{paths.RESULTS}/benchmarks",
    }


def _without_needs(config: dict) -> dict:
    """The config without what jobs ask of a machine: another amount of memory makes no other page."""
    sections = {
        section: {
            name: {key: value for key, value in entry.items() if key != "needs"}
            for name, entry in config[section].items()
        }
        for section in ("architectures", "backbones")
    }
    return {**config, **sections}


def _cell(study: Study, cell: Cell) -> dict:
    facts = {
        **cell._asdict(),
        "folds": study.scored(cell.protocol) if cell.kind == "fusion" else study.trainings(cell.protocol),
        "runs": study.runs,
        "scores": paths.scores(*cell[:3]),
        "searches": study.searches_behind(cell),
    }
    if cell.kind == "fusion":
        return {
            **facts,
            "family": "",
            "baseline": False,
            "predictions": [paths.fused(*cell[:3], "csv")],
            "histories": {},
            "runs_json": [],
        }
    trainings = [(fold, run) for fold in study.trainings(cell.protocol) for run in study.runs]
    name = study.architectures[cell.model]["family"]
    return {
        **facts,
        "family": name,
        "baseline": family(name)["BASELINE"],
        "predictions": [paths.predictions(*cell[:3], *training) for training in trainings],
        "histories": {f"{fold}/{run}": paths.model(*cell[:3], fold, run, "history.csv") for fold, run in trainings},
        "runs_json": [paths.model(*cell[:3], *training, "run.json") for training in trainings],
    }


def _dataset(study: Study, name: str) -> dict:
    leaves = study.leaves(name)
    entries = [study.datasets[leaf] for leaf in leaves]
    return {
        "name": name,
        "leaves": leaves,
        "rendered": all(leaf in study.rendered for leaf in leaves),
        "classes": study.classes(name),
        "clips": paths.clips(name),
        "rejected": [paths.rejected_clips(part) for part in dict.fromkeys((*leaves, name))],
        "faces": [
            {
                "leaf": leaf,
                "recipe": recipe,
                "summary": paths.coverage(leaf, recipe, "json"),
                "rejected": [paths.rejected_faces(leaf, recipe, number) for number in study.shards],
                "stores": [files.crops(study, leaf, recipe, number) for number in study.shards],
                "trims": [paths.trimmed(leaf, recipe, number, "csv") for number in study.shards]
                if study.trims(leaf, recipe)
                else [],
            }
            for leaf in leaves
            for recipe in study.recipes_on(leaf)
        ],
        # A union shows faces only where each of its datasets shows all of them.
        "faces_in_report": entries[0]["faces_in_report"]
        if len({str(e["faces_in_report"]) for e in entries}) == 1
        else "none",
        **{
            key: "; ".join(dict.fromkeys(e[key] for e in entries if e[key]))
            for key in ("licence", "citation", "consent")
        },
    }


def _protocol(study: Study, dataset: str, protocol: str) -> dict:
    return {
        "dataset": dataset,
        "protocol": protocol,
        "folds": paths.folds(dataset, protocol),
        "audit": paths.audit(dataset, protocol, "json"),
        "compare": paths.compare(dataset, protocol),
        "fusions": [
            {"name": name, **study.fusions[name], "fit": paths.fused(dataset, protocol, name, "json")}
            for name in study.models(dataset, protocol, "fusion")
        ],
    }


def _backbones(study: Study) -> list[dict]:
    return [
        {
            "name": name,
            "recipe": recipe,
            "source": source,
            "stills": study.backbones[name].get("stills", ""),
            "history": paths.backbone(name, recipe, source, "history.csv"),
            "predictions": paths.backbone(name, recipe, source, "predictions.csv"),
        }
        for name, recipe, source in study.trained_backbones
    ]


def _search(study: Study, name: str) -> dict:
    """A search with its places and what its jobs write."""
    entry = study.searches[name]
    found = {place: told for place, told in study.search_places.items() if told["search"] == name}
    folds = sum(len(told["names"]) for told in found.values())
    return {
        **{key: value for key, value in entry.items() if key != "folds"},
        "name": name,
        "trials": trials(entry),
        "fits": fits(entry, folds),
        "places": [
            {
                "trained": told["names"],
                "serves": told["serves"],
                "best": paths.best(place),
                "tables": [paths.trials(place, worker) for worker in range(told["workers"])],
            }
            for place, told in found.items()
        ],
    }
