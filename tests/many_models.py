"""A made-up study of many models on many datasets, for the tests of the page: copies of fake_study under other names.

NOTHING here was measured.
"""

import json
import os
import re
from pathlib import Path

from fake_study import MODELS, SCHEMA, build

from ferstudy import paths
from ferstudy.study.config import complete

PROTOCOL = "kfold3"


def build_many(root: Path, models: int = 40, datasets: int = 6) -> dict:
    """Write a results folder of `models` architectures on `datasets` datasets below `root`; return its plan."""
    plan = build(root, lost=())
    names = {f"{name}_{number}": name for number in range(-(-models // len(MODELS))) for name in MODELS}
    names = dict(list(names.items())[:models])
    places = [f"acted{number}" for number in range(datasets)]
    config = plan["config"]
    told = {
        **config,
        "datasets": dict.fromkeys(places, config["datasets"]["acted"]),
        "grid": {place: [PROTOCOL] for place in places},
        "architectures": {name: config["architectures"][of] for name, of in names.items()},
        "fusions": {},
        "skip": [],
    }
    results = root / "results"
    made = sorted(results.glob("*/acted*"))
    for place in places:
        for path in made:
            _copy(path, path.with_name(path.name.replace("acted", place, 1)), {"acted": place})
        for name, of in names.items():
            for kind in ("models", "predictions"):
                at = results / kind / place / PROTOCOL
                _copy(at / of, at / name, {of: name})
            scored = results / "scores" / place / PROTOCOL
            _copy(scored / f"{of}.csv", scored / f"{name}.csv", {of: name})
        _compare(root / paths.compare(place, PROTOCOL), names)
    return {**plan, "config": complete(told, SCHEMA, "config/config.yaml")}


def _copy(path: Path, to: Path, renamed: dict[str, str]) -> None:
    """A file, or all below a folder, with names renamed within its text."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        target = to / file.relative_to(path) if path.is_dir() else to
        if file.is_dir():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix not in (".csv", ".json"):
            os.link(file, target)
            continue
        text = file.read_text()
        for old, new in renamed.items():
            text = re.sub(rf"(?<![^,\n]){old}(?=,)", new, text).replace(f'"{old}"', f'"{new}"')
        target.write_text(text)


def _compare(path: Path, names: dict[str, str]) -> None:
    """The comparison with an entry for every copy of a model."""
    found = json.loads(path.read_text())
    copies = {of: [name for name, whose in names.items() if whose == of] for of in MODELS}

    def every(items: list[dict], *keys: str) -> list[dict]:
        for key in keys:
            items = [{**item, key: name} for item in items for name in copies.get(item[key], ())]
        return items

    found["models"] = every(found["models"], "model")
    found["best"] = copies[found["best"]][0] if found["best"] in copies else copies["cnn_tcn"][0]
    found["not_separable_from_best"] = [n for m in found["not_separable_from_best"] for n in copies.get(m, ())]
    found["separable_from_baseline"] = [n for m in found["separable_from_baseline"] for n in copies.get(m, ())]
    for family in ("against_best", "against_references"):
        found[family]["differences"] = every(found[family]["differences"], "model", "reference")
        found[family]["claims"] = every(found[family].get("claims", []), "model", "reference")
    found["fusions"] = {"chosen": None, "tried": 0, "method": "none: nothing to compare", "gains": []}
    path.write_text(json.dumps(found))
