"""What a study plans of one dataset under one protocol, and its digest: what a ledger notes and a freeze keeps.

Where videos lie, what jobs ask of a machine, how the page looks, models for use and what is said of networks of others
are no part of a plan. Standard library only.
"""

import hashlib
import json
from typing import Any

from ferstudy.study.grid import Study

NOT_PLANNED = ("needs", "root", "faces_in_report", "licence", "citation", "consent", "trained_on", "deploy")
READ = {"backbone": "backbones", "recipe": "recipes", "name": "tables"}  # keys of an input: the section that has them


def plan(study: Study, dataset: str, protocol: str) -> dict[str, Any]:
    """What of the config decides the test scores of this dataset and protocol, by section."""
    config, names = study.config, study.models(dataset, protocol, "architecture")
    found: dict[str, Any] = {
        "datasets": {name: study.datasets[name] for name in sorted({dataset, *study.leaves(dataset)})},
        "protocols": {protocol: study.protocols[protocol]},
        "architectures": {name: study.architectures[name] for name in names},
        "fusions": {name: study.fusions[name] for name in study.models(dataset, protocol, "fusion")},
        "external": {name: config["external"][name] for name in study.models(dataset, protocol, "external")},
        **{section: config[section] for section in ("training", "evaluation")},
    }
    for key, section in READ.items():
        read = {study.architectures[name]["input"].get(key) for name in names} - {None}
        found[section] = {name: config[section][name] for name in sorted(read & config[section].keys())}
    stills = study.stills_behind(dataset, protocol)
    found["stills"] = {name: config["stills"][name] for name in stills}
    cells = [cell for cell in study.cells if cell[:2] == (dataset, protocol)]
    searches = {name for cell in cells for name in study.searches_behind(cell)}
    found["searches"] = {name: study.searches[name] for name in sorted(searches)}
    return {section: _planned(value) for section, value in found.items() if value}


def _planned(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _planned(inner) for key, inner in sorted(value.items()) if key not in NOT_PLANNED}


def digest(planned: dict[str, Any]) -> str:
    """SHA-256 of a plan, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(planned, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def changed(before: Any, now: Any, at: str = "") -> list[str]:
    """The keys, as section/name/key, whose values differ between two plans."""
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return [] if before == now else [at]
    missing = object()
    found = []
    for key in sorted(before.keys() | now.keys()):
        place = f"{at}/{key}" if at else key
        found += changed(before.get(key, missing), now.get(key, missing), place)
    return found
