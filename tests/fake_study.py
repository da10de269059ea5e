"""A made-up study on disk, for the tests of the report. NOTHING here was measured: all numbers are drawn by chance."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from ferstudy import paths
from ferstudy.evaluation.calibration import calibration_scores
from ferstudy.evaluation.comparison import compare
from ferstudy.evaluation.scoring import score_cell
from ferstudy.evaluation.subgroups import subgroup_rows
from ferstudy.evaluation.validation import of_rows
from ferstudy.report import charts, explorer
from ferstudy.search import choose, proposals, space, trials
from ferstudy.search.trials import Trial
from ferstudy.store.write import Writer
from ferstudy.study.config import complete
from ferstudy.study.grid import Study
from ferstudy.tables import clips, folds, history, predictions, rejected, scores
from ferstudy.tables.clips import Clip
from ferstudy.tables.history import Epoch
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.scores import ScoreRow
from ferstudy.tables.write import write_rows
from ferstudy.whole_files import write_text

CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
# name: (family, skill, epochs, parameters); skill 0 is guessing
MODELS = {
    "flow_svm": ("linear", 0.9, 1, 4_200),
    "feature_svm": ("linear", 1.3, 1, 1_536),
    "frame_mean": ("feature_aggregation", 1.6, 24, 12_998),
    "cnn_tcn": ("cascade", 2.9, 40, 214_000),
    "lstm": ("cascade", 2.5, 40, 398_214),
    "c3d": ("c3d", 1.0, 30, 1_204_422),
}
BASELINES = ["flow_svm", "feature_svm"]
FUSIONS = {
    "late_average": {"method": "average", "members": ["cnn_tcn", "lstm"]},
    "late_weighted": {"method": "weighted", "members": ["cnn_tcn", "lstm", "frame_mean"]},
}
CODE = "ab12cd34ef56ab12cd34ef56"
SKIP = {"dataset": "field", "architecture": "c3d", "because": "clips shorter than 16 frames"}
SCHEMA = Path(__file__).parents[1] / "workflow/schemas/config.schema.yaml"
EVALUATION = {"resamples": 300, "flips": 500, "seed": 1, "contrasts": {"fear or surprise": ["fear", "surprise"]}}


def _once(small_picture: Callable) -> Callable:
    """The clips of the study all show one face: its small picture is made once, and not for every clip and page."""
    made = {}

    def remembered(pixels: np.ndarray) -> object:
        key = (pixels.shape, pixels.tobytes())
        if key not in made:
            made[key] = small_picture(pixels)
        return made[key]

    return remembered


explorer.small_picture = _once(explorer.small_picture)


def build(
    root: Path,
    classes: Sequence[str] = CLASSES,
    skill: float = 1.0,
    lost: Sequence[str] = ("lstm",),
    called: str = "{}",
) -> dict:
    """Write a results folder below `root` and return its plan: the completed config and the digests of the code.

    `skill` scales all models' skill (0: everything is chance); the models `lost` and the fusions that need them are
    planned on the dataset "field" but have no files there. `called` makes a subject's name of what it is else.
    """
    folder = _made(tuple(classes), skill, tuple(lost), called).name
    shutil.copytree(folder, root, dirs_exist_ok=True)
    return json.loads((root / "results/report/plan.json").read_text())


def draw_nothing(patch: pytest.MonkeyPatch) -> None:
    """In the place of every chart, in the page and as a file, stands a picture whose text is all that it holds."""

    def told(block: object) -> bytes:
        return f"<svg><g>{escape(repr(block))}</g></svg>".encode()

    patch.setattr(charts, "svg", told)
    patch.setattr(charts, "FILES", dict.fromkeys(charts.FILES, told))


def few(config: dict) -> dict:
    """The config with two networks, a baseline and a fusion alone: a page with fewer figures."""
    kept = {name: config["architectures"][name] for name in ("flow_svm", "cnn_tcn", "lstm")}
    fusions = {"late_average": config["fusions"]["late_average"]}
    return {**config, "architectures": kept, "fusions": fusions, "skip": []}


@cache
def _made(classes: Sequence[str], skill: float, lost: Sequence[str], called: str) -> tempfile.TemporaryDirectory:
    """A folder with such a study, made once for all tests of a process."""
    folder = tempfile.TemporaryDirectory(prefix="fake_study")
    root = Path(folder.name)
    rng = np.random.default_rng(5)
    contrasts = EVALUATION["contrasts"] if set(CLASSES) == set(classes) else {}
    evaluation = {**EVALUATION, "contrasts": contrasts}
    plan = {"config": _config(classes), "config_path": "config/config.yaml", "code": dict.fromkeys(MODELS, CODE)}
    for dataset, protocol, people, held_out, models in (
        ("acted", "kfold3", 24, 8, list(MODELS)),
        ("field", "turns", 12, 0, [name for name in MODELS if name != "c3d"]),
    ):
        everyone = _clips(root, dataset, people, classes, called)
        _dataset(root, dataset, everyone)
        table = _folds(root, dataset, protocol, everyone, held_out)
        absent = set(lost) if dataset == "field" else set()
        fusions = {name: value for name, value in FUSIONS.items() if not absent & set(value["members"])}
        rows = {}
        for name in models:
            if name not in absent:
                cell = {"dataset": dataset, "protocol": protocol, "model": name}
                rows[name] = _train(root, rng, cell, everyone, table, classes, skill * MODELS[name][1])
        for name in fusions:
            rows[name] = _fuse(root, dataset, protocol, name, [rows[member] for member in FUSIONS[name]["members"]])
        _protocol(root, dataset, protocol, rows, evaluation, fusions, bool(held_out))
    _backbone(root, rng, classes)
    _benchmarks(root, rng)
    write_text(root / "results/report/plan.json", json.dumps(plan))
    return folder


SEARCHES = {
    "lstm_grid": {
        "dataset": "acted", "protocol": "kfold3", "architecture": "lstm", "method": "grid", "workers": 2, "seed": 1,
        "select": "val_uar", "space": {
            "training.optimizer.learning_rate": [0.03, 0.01, 0.001], "settings.units": [64, 128],
            "settings.dropout": [0.4, 0.6],
        },
    },
    "tcn": {
        "dataset": "field", "protocol": "turns", "architecture": "cnn_tcn", "method": "tpe", "trials": 6, "workers": 2,
        "seed": 3, "select": "val_loss", "space": {"settings.dropout": {"low": 0.2, "high": 0.9}},
    },
    "head": {
        "backbone": "compact", "recipe": "crop64", "method": "random", "trials": 20, "workers": 1, "seed": 1,
        "select": "val_accuracy", "space": {
            "settings.dense": [[256], [512], [256, 512]],
            "training.optimizer.learning_rate": {"low": 1e-4, "high": 0.1, "log": True},
        },
    },
}  # fmt: skip


def search(root: Path, plan: dict) -> dict:
    """`plan` with three searches, whose files stand below `root`; of a grid every fifth trial failed."""
    rng = np.random.default_rng(7)
    plan = {**plan, "config": _completed({**plan["config"], "searches": SEARCHES})}
    for place, told in Study(plan["config"]).search_places.items():
        rows = [_trial(rng, told, number) for number in range(space.trials(told))]
        for worker in range(told["workers"]):
            own = [row.cells() for row in rows if row.trial in space.share(told, worker)]
            write_rows(root / paths.trials(place, worker), trials.COLUMNS, own)
        write_text(root / paths.best(place), json.dumps(choose.best(told, rows)))
    write_text(root / "results/report/plan.json", json.dumps(plan))
    return plan


def _trial(rng: np.random.Generator, told: dict, number: int) -> Trial:
    grid = told["method"] == "grid"
    settings = space.point(told["space"], number) if grid else proposals.draw(told["space"], told["seed"], number)
    common = {"search": told["search"], "place": told["place"], "trial": number, "worker": number % told["workers"]}
    if grid and number % 5 == 4:
        why = "the loss is nan in epoch 3: training diverged"
        return Trial(**common, state=trials.FAILED, score=np.nan, epoch=0, seconds=2.0, settings=settings, folds={},
                     why=why)  # fmt: skip
    folds = {name: float(rng.uniform(0.3, 0.7)) for name in told["names"]}
    score, epoch, seconds = float(np.mean(list(folds.values()))), int(rng.integers(5, 40)), float(rng.uniform(20, 90))
    return Trial(**common, state=trials.DONE, score=score, epoch=epoch, seconds=seconds, settings=settings, folds=folds,
                 why="")  # fmt: skip


def _completed(config: dict) -> dict:
    return complete(config, SCHEMA, "config/config.yaml")


def _config(classes: Sequence[str]) -> dict:
    features = {"kind": "features", "recipe": "crop64", "backbone": "compact", "layer": "dense"}
    read = {"flow_svm": {"kind": "flow", "recipe": "crop64"}, "c3d": {"kind": "faces", "recipe": "crop64"}}
    common = {"adapter": "manifest", "classes": list(classes)}
    render = {"people": 24, "clips_per_class": 2, "frames": 60, "seed": 1}
    return _completed({
        "report": {
            "title": "Made-up test data: which network names posed expressions best?",
            "question": "Does a network over time beat a linear model of summed motion, and does fusing two help?",
        },
        "datasets": {
            "acted": {**common, "render": render, "licence": "CC0", "faces_in_report": "all"},
            "field": {**common, "root": "videos"},
        },
        "grid": {"acted": ["kfold3"], "field": ["turns"]},
        "stills": {"people": {"classes": list(classes), "people": 200, "size": 96}},
        "protocols": {
            "kfold3": {"kind": "kfold", "folds": 3, "test": 8, "seed": 1},
            "turns": {"kind": "kfold", "folds": 4},
        },
        "recipes": {"crop64": {"crop": {"size": 64}, "flow": {}}},
        "backbones": {"compact": {"network": "compact", "stills": "people"}},
        "architectures": {
            name: {"family": value[0], "input": read.get(name, features)} for name, value in MODELS.items()
        },
        "fusions": FUSIONS,
        "skip": [SKIP],
        "shards": 1,
        "training": {"seed": 1, "threads": 1, "runs": 1},
    })  # fmt: skip


def _clips(root: Path, dataset: str, people: int, classes: Sequence[str], called: str) -> list[Clip]:
    everyone = [
        Clip(
            called.format(f"{dataset[0]}{person:02d}") + f"-{i}-{take}",
            f"videos/{person}-{i}-{take}.avi",
            called.format(f"{dataset[0]}{person:02d}"),
            name,
            sex="female" if person % 2 else "male",
        )
        for person in range(people)
        for i, name in enumerate(classes)
        for take in range(2)
    ]
    write_rows(root / f"results/clips/{dataset}.csv", clips.COLUMNS, everyone)
    return everyone


def _dataset(root: Path, name: str, everyone: list[Clip]) -> None:
    lost = [everyone[7], everyone[40]] if name == "field" else []
    index = [Rejected("videos/broken.avi", "", "index", "the video cannot be opened", "moov atom not found")]
    index += [Rejected("videos/extra.avi", "", "index", "no label", "not in manifest.csv")]
    write_rows(root / f"results/clips/{name}.rejected.csv", rejected.COLUMNS, index if name == "field" else [])
    faces = [Rejected(clip.path, clip.clip, "faces", "no face found", "0 of 3 detections") for clip in lost]
    noted = [Note("clip.mp4", "", "interlaced: each frame is made whole of its fields")] if name == "field" else []
    write_rows(root / f"results/clips/{name}.notes.csv", Note._fields, noted)
    write_rows(root / f"results/faces/{name}/crop64/0.rejected.csv", rejected.COLUMNS, faces)
    kept = {clip.clip: [30, 40] if clip == everyone[9] else [40, 40] for clip in everyone if clip not in lost}
    summary = {"leaf": name, "clips": len(everyone), "covered": len(kept), "limit": 0.2, "passed": True, "reasons": {},
               "kept": kept, "rejected": [row._asdict() for row in faces]}  # fmt: skip
    write_text(root / f"results/faces/{name}/crop64.json", json.dumps(summary))
    if name == "acted":
        _faces(root, name, everyone)


def _faces(root: Path, name: str, everyone: list[Clip]) -> None:
    """Discs that open a mouth: pictures of nobody."""
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    disc = (x**2 / 0.6 + y**2 < 0.8)[..., None] * np.array([224, 182, 150]) + np.array([20, 24, 30])
    with Writer(root / f"results/faces/{name}/crop64/0.h5", (64, 64, 3), "uint8", attributes={"leaf": name}) as store:
        frames = np.repeat(disc[None], 6, 0).astype("uint8")
        for t in range(6):
            frames[t][(x**2 / 0.08 + (y - 0.45) ** 2 / (0.002 + 0.006 * t)) < 1] = (120, 30, 40)
            frames[t][((np.abs(x) - 0.35) ** 2 + (y + 0.25) ** 2) < 0.012] = (30, 30, 40)
        for clip in everyone:
            store.begin(clip.clip)
            store.add(frames, np.arange(6))
            store.end()


def _folds(root: Path, dataset: str, protocol: str, everyone: list[Clip], held_out: int) -> dict[str, dict[str, str]]:
    """Roles of the clips by fold; with `held_out` subjects fixed as test set, else taking turns."""
    people = list(dict.fromkeys(clip.subject for clip in everyone))
    test, others = people[:held_out], people[held_out:]
    number = 3 if held_out else 4
    table: dict[str, dict[str, str]] = {}
    for k in range(number):
        validation = others[k::number] if held_out else others[(k + 1) % number :: number]
        tested = [] if held_out else others[k::number]
        table[str(k)] = (
            dict.fromkeys(others, "train") | dict.fromkeys(validation, "validation") | dict.fromkeys(tested, "test")
        )
    if held_out:
        table["final"] = dict.fromkeys(others, "train") | dict.fromkeys(test, "test")
    rows = [
        (k, clip.clip, roles[clip.subject]) for k, roles in table.items() for clip in everyone if clip.subject in roles
    ]
    write_rows(root / f"results/folds/{dataset}/{protocol}.csv", folds.COLUMNS, rows)
    return table


def _train(
    root: Path,
    rng: np.random.Generator,
    cell: dict,
    everyone: list[Clip],
    table: dict,
    classes: Sequence[str],
    skill: float,
):
    epochs = MODELS[cell["model"]][2]
    best = max(1, round(0.6 * epochs))
    tables = []
    for k, roles in table.items():
        shown = [clip for clip in everyone if roles.get(clip.subject) in ("validation", "test")]
        rows = _rows(rng, cell, k, shown, roles, classes, skill)
        write_rows(
            root / f"results/predictions/{_at(cell)}/{k}/run0.csv", predictions.header(rows.classes), rows.rows()
        )
        tables.append(rows)
        folder = root / f"results/models/{_at(cell)}/{k}/run0"
        reach = 1 / len(classes) + 0.22 * skill
        own = [
            _epoch(rng, e, epochs, min(0.95, reach), k == "final", 1 / len(classes))
            for e in range(1, epochs + 1 - (3 * len(k) if epochs > 9 else 0))
        ]
        write_rows(folder / "history.csv", history.COLUMNS, own[: best if k == "final" else None])
        write_text(folder / "run.json", json.dumps(_record(cell, k, roles, everyone, best, len(own))))
    rows = predictions.concatenate(tables)
    _score(root, cell, rows, rows.where(rows.role == "validation"))
    return rows


def _at(cell: dict) -> str:
    return f"{cell['dataset']}/{cell['protocol']}/{cell['model']}"


def _rows(
    rng, cell: dict, fold: str, shown: list[Clip], roles: dict, classes: Sequence[str], skill: float
) -> Predictions:
    truth = np.array([list(classes).index(clip.label) for clip in shown])
    people = {clip.subject: rng.normal(0, 0.35) for clip in shown}
    own = np.array([max(0.0, skill * (1 + people[clip.subject])) for clip in shown])
    logits = rng.normal(0, 1.2, (len(shown), len(classes)))
    logits[np.arange(len(shown)), truth] += own
    probabilities = np.exp(1.4 * logits) / np.exp(1.4 * logits).sum(1, keepdims=True)
    covered = np.array([clip.clip not in ("f00-3-1", "f03-2-0") for clip in shown])
    probabilities[~covered] = 1 / len(classes)
    names = np.array(classes, dtype=object)
    columns = {
        "dataset": cell["dataset"], "protocol": cell["protocol"], "model": cell["model"], "fold": fold, "run": 0,
        "role": [roles[clip.subject] for clip in shown], "clip": [clip.clip for clip in shown],
        "subject": [clip.subject for clip in shown], "truth": names[truth],
        "predicted": np.where(covered, names[probabilities.argmax(1)], ""), "covered": covered, "samples": 4,
    }  # fmt: skip
    kinds = {"run": int, "covered": bool, "samples": int}
    arrays = (
        np.full(len(shown), value, kinds.get(name, object))
        if np.ndim(value) == 0
        else np.array(value, kinds.get(name, object))
        for name, value in columns.items()
    )
    return Predictions(tuple(classes), *arrays, probabilities)


def _epoch(rng: np.random.Generator, epoch: int, epochs: int, reach: float, final: bool, chance: float) -> Epoch:
    rise = 1 - np.exp(-4 * epoch / epochs)
    uar = float("nan") if final else float(np.clip(chance + (reach - chance) * rise + rng.normal(0, 0.025), 0, 1))
    loss = 1.8 * (1 - 0.8 * rise)
    return Epoch(epoch, 1e-3, loss, min(1.0, 0.2 + 0.8 * rise), float("nan") if final else loss + 0.2, uar, uar, 0.4)


def _record(cell: dict, fold: str, roles: dict, everyone: list[Clip], best: int, epochs: int) -> dict:
    number = {role: sum(roles.get(clip.subject) == role for clip in everyone) for role in folds.ROLES}
    return {
        "cell": {
            "dataset": cell["dataset"],
            "protocol": cell["protocol"],
            "architecture": cell["model"],
            "fold": fold,
            "run": 0,
        },
        "seed": 1,
        "threads": 1,
        "backend": "tensorflow",
        "versions": {"tensorflow": "2.21.0", "keras": "3.15.0", "numpy": "2.3.1"},
        "epochs_run": best if fold == "final" else epochs,
        "best_epoch": best,
        "train_clips": number["train"],
        "validation_clips": number["validation"],
        "test_clips": number["test"],
        "parameters": MODELS[cell["model"]][3],
        "seconds": 12.5,
        "cpu_seconds": 11.8,
        "code": CODE,
        "machine": "x86_64",
        "select": "val_uar",
        "folds_sha256": folds_digest(cell["dataset"]),
    }


def folds_digest(dataset: str) -> str:
    """A made-up digest, the same in run records and audit."""
    return {"acted": "5e", "field": "7a"}[dataset] * 32


def _score(root: Path, cell: dict, rows: Predictions, development: Predictions, fused: bool = False) -> None:
    classes = set(rows.classes)
    contrasts = {name: pair for name, pair in EVALUATION["contrasts"].items() if set(pair) <= classes}
    named = {key: cell[key] for key in ("dataset", "protocol", "model")}
    test = rows.where(rows.role == "test")
    table = score_cell(
        named, development, None if fused else development, test, {**EVALUATION, "contrasts": contrasts}, {}
    )
    everyone = clips.read(root / paths.clips(cell["dataset"]))
    table += [ScoreRow(*named.values(), *row) for row in subgroup_rows(test, everyone, EVALUATION)]
    lineup = read_folds(root / paths.folds(cell["dataset"], cell["protocol"]))
    table += calibration_scores(named, of_rows(development), [development, test], EVALUATION, lineup)
    blank = [[None if isinstance(value, float) and np.isnan(value) else value for value in row] for row in table]
    write_rows(root / paths.scores(*cell.values()), scores.COLUMNS, blank)


def _fuse(root: Path, dataset: str, protocol: str, name: str, members: list[Predictions]) -> Predictions:
    first = members[0]
    probabilities = np.mean([member.probabilities for member in members], axis=0)
    names = np.array(first.classes, dtype=object)
    predicted = np.where(first.covered, names[probabilities.argmax(1)], "")
    model = np.full(len(first), name, object)
    rows = Predictions(**{**vars(first), "model": model, "predicted": predicted, "probabilities": probabilities})
    cell = {"dataset": dataset, "protocol": protocol, "model": name}
    write_rows(root / paths.fused(*cell.values(), "csv"), predictions.header(rows.classes), rows.rows())
    wanted = FUSIONS[name]["members"]
    weights = {"weights": {member: 1 / len(wanted) for member in wanted}, "epochs": dict.fromkeys(wanted, 21)}
    fit = {"method": FUSIONS[name]["method"], "parameters": [{"run": 0, "fold": "final", "role": "test", **weights}]}
    apart = {"oracle": 0.9, "q": 0.4, "disagreement": 0.3}
    pairs = [{"one": one, "other": other, **apart} for one, other in combinations(sorted(wanted), 2)]
    fit["diversity"] = {"oracle": 0.9, "pairs": pairs}
    write_text(root / f"results/fused/{dataset}/{protocol}/{name}.json", json.dumps(fit))
    _score(root, cell, rows, rows.where(rows.role == "validation"), fused=True)
    return rows


AUDITED = (
    ("subject", "No subject in two roles", "pass", "all folds looked at"),
    ("frames", "No equal frames across roles", "pass", "no match"),
    ("stills", "Nobody of the clips among the stills", "pass", "200 other people"),
)
DOUBTED = (  # where folds draw their own test clips
    ("sex", "Folds and sex", "warning", "fold 1 is all female"),
    ("weights", "Who trained the weights", "unknown", "not published"),
)


def _finding(check: str, title: str, status: str, text: str) -> dict:
    return {"check": check, "title": title, "status": status, "text": text, "clips": []}


def _protocol(
    root: Path, dataset: str, protocol: str, rows: dict, evaluation: dict, fusions: dict, held_out: bool
) -> None:
    at = f"{dataset}/{protocol}"
    tables = [score for name in rows for score in scores.read(root / f"results/scores/{at}/{name}.csv")]
    found = compare(
        predictions.concatenate(list(rows.values())),
        tables,
        evaluation,
        root / f"results/folds/{at}.csv",
        BASELINES,
        fusions,
    )
    write_text(root / f"results/compare/{at}.json", json.dumps({"dataset": dataset, "protocol": protocol, **found}))
    findings = [_finding(*told) for told in (*AUDITED, *(() if held_out else DOUBTED))]
    audit = {
        "dataset": dataset,
        "protocol": protocol,
        "folds_sha256": folds_digest(dataset),
        "findings": findings,
        "status": "pass",
        "accepted": {},
    }
    write_text(root / f"results/audit/{at}.json", json.dumps(audit))
    text = "2 fusions were fitted again: the same"
    fused = _finding("fusion", "Fusions on validation rows", "pass", text)
    write_text(root / paths.run_audit(dataset, protocol), json.dumps({**audit, "findings": [fused]}))


def _backbone(root: Path, rng: np.random.Generator, classes: Sequence[str]) -> None:
    folder = "results/backbones/compact/crop64/stills"
    own = [_epoch(rng, epoch, 18, 0.86, False, 1 / len(classes)) for epoch in range(1, 19)]
    write_rows(root / folder / "history.csv", history.COLUMNS, own)
    shown = [Clip(f"s{i}", "", f"p{i}", classes[i % len(classes)]) for i in range(60)]
    cell = {"dataset": "stills", "protocol": "", "model": "compact"}
    rows = _rows(rng, cell, "", shown, {clip.subject: "validation" for clip in shown}, classes, 3.5)
    write_rows(root / folder / "predictions.csv", predictions.header(rows.classes), rows.rows())


def _benchmarks(root: Path, rng: np.random.Generator) -> None:
    header = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
    for rule, jobs, seconds, memory in (
        ("make_synthetic", 2, 60, 420), ("extract_faces", 4, 35, 380), ("compute_flow", 4, 12, 300),
        ("fit_backbone", 1, 55, 1450), ("extract_features", 4, 10, 900), ("train_fold", 36, 14, 1180),
        ("score", 12, 2, 160), ("compare", 2, 6, 210), ("make_folds", 2, 1, 120),
    ):  # fmt: skip
        for job in range(jobs):
            s = seconds * rng.uniform(0.8, 1.2)
            cells = [f"{s:.4f}", "0:00:00", f"{memory:.2f}", "0", "0", "0", "0", "0", "98.0", f"{0.95 * s:.2f}"]
            if rule == "make_folds":
                cells[2] = cells[9] = "NA"  # too short to be measured
            write_text(root / f"results/benchmarks/{rule}/{job}.tsv", header + "\t".join(cells) + "\n")
