"""Negative controls: what is trained for them, what they see, and what the page says of what they reach."""

import copy
from dataclasses import replace

import cv2
import fake_study
import numpy as np
import pytest
from test_config import DEFAULT

import control_crops
from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.evaluation.controls import renamed
from ferstudy.evaluation.scoring import score_cell
from ferstudy.jobs.control_crops import ControlCrops
from ferstudy.report import view
from ferstudy.report.blocks import Page, PageTable, walk
from ferstudy.report.read import read
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.study.config import read_study
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import clips as clips_table
from ferstudy.tables import predictions, scores, shards
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.write import write_rows
from ferstudy.training.assignment import Conditions, TrainedCell, Training
from ferstudy.training.otherwise import permuted
from ferstudy.video import hidden

ALL = ["labels_permuted", "face_masked", "first_frame", "background_only"]


def study_with(controls, **more) -> Study:
    return read_study({**copy.deepcopy(DEFAULT), **more, "controls": controls}, fake_study.SCHEMA, "config.yaml")


def jobs(study: Study) -> dict[str, list]:
    found: dict[str, list] = {}
    for rule, job in every_job(study):
        found.setdefault(rule, []).append(job)
    return found


# ---- what is trained
def test_a_list_means_the_first_architecture_that_is_no_baseline():
    assert list(study_with(ALL).beside) == [f"lstm.{name}" for name in ALL]
    named = study_with({"oracle": [], "face_masked": ["c3d", "lstm"]})
    assert (list(named.beside), named.controls) == (["c3d.face_masked", "lstm.face_masked"], ["oracle"])


def test_no_other_job_changes_and_no_cell_is_added_to_ranking_and_comparison():
    plain, controlled = study_with([]), study_with(ALL)
    before = {job.to_json() for _, job in every_job(plain)}
    assert before <= {job.to_json() for _, job in every_job(controlled)}
    assert plain.cells == controlled.cells


def test_other_crops_go_the_way_of_all_crops_through_the_same_backbone():
    found = jobs(study_with({"face_masked": ["lstm", "two_stream"]}))
    hide = found["control_crops"]
    assert {job.control for job in hide} == {"face_masked"}
    crops = {job.out for job in hide}
    assert crops == {job.faces for job in found["compute_flow"]} - {job.faces for job in found["extract_features"]} | {
        job.faces for job in found["extract_features"] if "face_masked" in job.out
    }
    assert len({job.backbone for job in found["extract_features"]}) == len(found["fit_backbone"]) == 1
    train = {job.architecture: job for job in found["train_fold"]}
    assert set(train["two_stream.face_masked"].faces) == crops
    assert all("face_masked" in path for path in train["two_stream.face_masked"].flow)
    assert train["lstm.face_masked"].passed == train["lstm"].passed


def test_a_backbone_of_the_training_clips_is_trained_without_their_faces_too():
    config = copy.deepcopy(DEFAULT)
    compact = {**config["backbones"]["compact"], "source": "frames"}
    del compact["stills"]
    found = jobs(study_with({"face_masked": ["lstm"]}, backbones={"compact": compact}))
    read = {job.model: job.frames for job in found["fit_backbone"]}
    masked = [path for path in read if "face_masked" in path]
    assert len(read) == 2 * len(masked) == 8
    assert all("face_masked" in frames for path in masked for frames in read[path])


def test_a_control_makes_no_model_for_use():
    protocols = {"kfold3": {"kind": "kfold", "folds": 3, "test": 8, "deploy": True}}
    found = jobs(study_with(["labels_permuted"], protocols=protocols))["train_fold"]
    assert [job.architecture for job in found if job.fold == "deploy" and job.architecture.startswith("lstm")] == [
        "lstm"
    ]


def test_permuted_labels_change_the_training_alone_and_settings_of_a_search_hold_for_it():
    space = {"settings.units": [32, 64]}
    search = {"dataset": "builtin", "protocol": "kfold3", "architecture": "lstm", "method": "grid", "space": space}
    found = jobs(study_with(["labels_permuted"], searches={"units": search}))
    assert "control_crops" not in found
    train = {(job.architecture, job.fold): job for job in found["train_fold"]}
    own, control = train["lstm", "final"], train["lstm.labels_permuted", "final"]
    assert (own.permuted, control.permuted) == (False, True)
    assert control.best == own.best != ""
    assert control.features == own.features
    assert [path.replace(".labels_permuted", "") for path in control.earlier] == own.earlier


@pytest.mark.parametrize(
    ("controls", "said"),
    [
        ({"face_masked": ["gru"]}, "controls/face_masked: no architecture named 'gru'; there are lstm"),
        ({"oracle": ["lstm"]}, "controls/oracle: is made of the truth and of no architecture"),
        (["face_maked"], "found 'face_maked'; expected one of oracle, permuted, labels_permuted, face_masked"),
        ({"face_maked": []}, "face_maked"),
    ],
)
def test_what_does_not_fit_is_said(controls, said):
    with pytest.raises(StudyError, match=said):
        study_with(controls)


def training(fold: str = "0") -> Training:
    clips = {f"c{i}": Clip(f"c{i}", "v.avi", f"s{i // 6}", "abc"[i % 3]) for i in range(60)}
    names = list(clips)
    roles = {"train": names[:42], "validation": names[42:51], "test": names[51:]}
    return Training(TrainedCell("d", "p", "m", fold, 0), {}, Conditions(["a", "b", "c"], 1, 1, ""), clips, roles, "")


def test_labels_are_permuted_among_training_clips_alone_and_anew_in_each_fold():
    plain, other = training(), permuted(training())
    for role in ("validation", "test"):
        assert np.array_equal(plain.truth(plain.roles[role]), other.truth(other.roles[role]))
    own, changed = (one.truth(one.roles["train"]) for one in (plain, other))
    assert np.array_equal(np.bincount(own), np.bincount(changed))
    assert np.mean(own == changed) == pytest.approx(1 / 3, abs=0.2)
    again, fold = permuted(training()), permuted(training("1"))
    assert np.array_equal(changed, again.truth(again.roles["train"]))
    assert not np.array_equal(changed, fold.truth(fold.roles["train"]))


# ---- what they see
@pytest.mark.parametrize(("margin", "extend"), [(0.0, 0.1), (0.4, 0.1), (0.0, 0.0)])
def test_nothing_of_the_face_is_left_and_all_around_it_is(margin, extend):
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (5, 64, 64, 3), np.uint8)
    inside = hidden.ellipse(64, margin, extend)
    other = np.where(inside[None, ..., None], rng.integers(0, 256, crops.shape, np.uint8), crops)
    seen = hidden.face_masked(crops, margin, extend)
    assert np.array_equal(seen, hidden.face_masked(other, margin, extend))
    assert np.array_equal(seen[:, ~inside], crops[:, ~inside])
    assert len(np.unique(seen[:, inside])) == 1
    face = 64 / (1 + 2 * margin)  # the middle of the mouth, at three quarters of the face
    assert inside[round(32 + face / 4), 32]
    assert not inside[0, 0]
    assert inside.mean() == pytest.approx(np.pi / 4 * 1.21 * (face / 64) ** 2 / (1 + extend), abs=0.12)


@pytest.fixture
def film(tmp_path):
    """A film of images with a store of crops of its face, which lies at (40, 20) to (80, 70) and moves by a pixel."""
    rng = np.random.default_rng(1)
    folder = tmp_path / "film"
    folder.mkdir()
    frames = rng.integers(0, 256, (4, 96, 160, 3), np.uint8)
    for i, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{i:03d}.png"), frame)
    boxes = np.array([[40 + i, 20, 40, 50] for i in range(4)], np.float32)
    with Writer(tmp_path / "faces.h5", (32, 32, 3), "uint8", {"box": ((4,), "f4")}, {"leaf": "d"}) as store:
        store.begin("c")
        store.add(rng.integers(0, 256, (4, 32, 32, 3), np.uint8), np.arange(4), box=boxes)
        store.end()
    write_rows(tmp_path / "shard.csv", shards.COLUMNS, [("c", str(folder), None, None, "")])
    return tmp_path, frames


def seen(folder, control: str) -> np.ndarray:
    files = {"faces": str(folder / "faces.h5"), "clips": str(folder / "shard.csv"), "out": str(folder / "out.h5")}
    crop = {"size": 32, "margin": 0.0, "extend": 0.1, "colour": "rgb"}
    control_crops.main(ControlCrops(control=control, crop=crop, **files))
    with Store(folder / "out.h5") as store, Store(folder / "faces.h5") as faces:
        assert np.array_equal(store.column("c", "box"), faces.column("c", "box"))
        assert store.attributes["leaf"] == "d"
        return store.values("c")


def test_every_frame_is_the_first(film):
    with Store(film[0] / "faces.h5") as store:
        first = store.values("c")[0]
    assert all(np.array_equal(frame, first) for frame in seen(film[0], "first_frame"))


def test_the_background_is_the_frame_without_the_head_and_nothing_moves_with_it(film):
    folder, frames = film
    whole = seen(folder, "background_only")
    left, top, right, bottom = 20 / 160, 0, 103 / 160, 95 / 96  # half a side beyond all boxes, 43 px and 50
    mask = np.zeros((32, 32), bool)
    mask[round(top * 32) : round(bottom * 32), round(left * 32) : round(right * 32)] = True
    assert len(np.unique(whole[:, mask])) == 1
    small = np.stack([cv2.resize(frame[..., ::-1], (32, 32), interpolation=cv2.INTER_AREA) for frame in frames])
    assert np.array_equal(whole[:, ~mask], small[:, ~mask])
    for i, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"film/{i:03d}.png"), cv2.rectangle(frame.copy(), (42, 22), (78, 68), (9, 9, 9), -1))
    assert np.array_equal(seen(folder, "background_only"), whole)


# ---- what they must reach
def test_wrong_names_of_all_clips_of_a_class_reach_what_fixed_points_of_a_permutation_do():
    """A permutation has one fixed point in the mean, with variance 1: a perfect model so renamed has 1/C ± 1/C."""
    classes = np.array(["a", "b", "c", "d", "e"], object)
    truth = np.tile(classes, 40)
    columns = dict.fromkeys(("dataset", "protocol", "model", "role", "clip", "subject"), "")
    rows = Predictions.of(classes, np.eye(5)[np.tile(np.arange(5), 40)], **columns, fold="final", run=0, truth=truth,
                          predicted=truth, covered=True, samples=1)  # fmt: skip
    mean, spread = renamed(rows, True)
    assert (mean, spread) == (pytest.approx(0.2, abs=0.04), pytest.approx(0.2, rel=0.15))
    folds = replace(rows, fold=np.repeat(np.array(list("0123"), object), 50))
    assert renamed(folds, True)[1] == pytest.approx(0.1, rel=0.15)  # four trainings, each with names of its own


SKILL = {"lstm.labels_permuted": 0.0, "lstm.face_masked": 0.0, "lstm.first_frame": 1.6, "c3d.first_frame": 2.5}
CONTROLS = {"labels_permuted": ["lstm"], "face_masked": ["lstm"], "first_frame": ["lstm", "c3d"]}


def controlled(root, skill: dict[str, float]) -> Page:
    """The page of the made-up study with controls on `acted` that are as good as `skill` says."""
    config = {**fake_study.build(root)["config"], "controls": CONTROLS}
    study, rng = Study(config), np.random.default_rng(3)
    for own in [cell for cell in study.trained if cell.model in study.beside and cell.dataset == "acted"]:
        cell = dict(zip(("dataset", "protocol", "model"), own, strict=False))
        everyone = clips_table.read(root / paths.clips("acted"))
        folds = read_folds(root / paths.folds("acted", "kfold3"))
        shown = [clip for clip in everyone if clip.clip in folds["final"]["test"]]
        roles = {clip.subject: "test" for clip in shown}
        rows = fake_study._rows(rng, cell, "final", shown, roles, study.classes("acted"), skill[own.model])
        write_rows(root / paths.predictions(*own[:3], "final", 0), predictions.header(rows.classes), rows.rows())
        found = score_cell(cell, None, None, rows, {"resamples": 1000}, folds)
        write_rows(root / paths.scores(*own[:3]), scores.COLUMNS, found)
    return view.page(read(study, root / "results"))


def said(page) -> dict[str, tuple]:
    """The rows of acted in the table of negative controls, by the names of their models."""
    rows = next(block.rows for block in walk(page) if isinstance(block, PageTable) and block.id == "negative-controls")
    own = [row.cells for row in rows if "acted" in row.cells[1].text]
    return {f"{cells[0].note[4:-1]}.{cells[0].text.strip('`')}": cells for cells in own}


def test_the_page_says_what_each_control_explains(tmp_path):
    page = controlled(tmp_path, SKILL)
    found = said(page)
    assert found.keys() == SKILL.keys()
    assert found["lstm.labels_permuted"][-1].text == "at chance as it must be"
    assert found["lstm.face_masked"][-1].text.startswith("at chance; by its interval, at most 0.")
    cells = found["lstm.first_frame"]
    reached, own, guess = (float(cells[i].text) for i in (2, 4, 5))
    assert guess == pytest.approx(1 / 6, abs=0.01)
    share = round(100 * (reached - guess) / (own - guess))
    assert cells[-1].text.startswith(f"reaches {reached:.2f} of the {own:.2f}: {share}")
    assert cells[-1].text.endswith("of what the architecture is above chance stands in the first frame")
    assert (
        ": all of what the architecture is above chance stands in the first frame" in found["c3d.first_frame"][-1].text
    )
    assert "A CONTROL FAILED" not in page.banner


def test_a_model_of_permuted_labels_that_knows_the_test_is_an_alarm(tmp_path):
    page = controlled(tmp_path, {**SKILL, "lstm.labels_permuted": 40.0})
    assert "AND MUST BE AT CHANCE" in said(page)["lstm.labels_permuted"][-1].text
    assert "A CONTROL FAILED: `lstm.labels_permuted` on `acted`, `kfold3`" in page.banner


@pytest.mark.slow
def test_controls_are_in_no_other_table_of_models(tmp_path):
    names = set(SKILL)
    for block in walk(controlled(tmp_path, SKILL)):
        if isinstance(block, PageTable) and block.id != "negative-controls":
            assert not names & {cell.text.strip("`") for row in block.rows for cell in row.cells}, block.id
