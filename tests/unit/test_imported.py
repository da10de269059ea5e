"""Predictions of others: what is taken, what is refused with which rows, and what a control must reach."""

import json

import numpy as np
import pytest

import fit_fusion
import fuse
import import_predictions
import make_control
import score
from ferstudy.errors import StudyError
from ferstudy.evaluation import fusion, metrics, validation
from ferstudy.evaluation.controls import chance
from ferstudy.jobs.fit_fusion import FitFusion
from ferstudy.jobs.fuse import Fuse
from ferstudy.jobs.import_predictions import ImportPredictions
from ferstudy.jobs.make_control import MakeControl
from ferstudy.jobs.score import Score
from ferstudy.tables import predictions, scores
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows

CLASSES = ["anger", "fear", "Joy"]
PEOPLE = [f"s{i}" for i in range(6)]
CLIPS = [Clip(f"{who}-{name}", f"videos/{who}/{who}_{name}.avi", who, name) for who in PEOPLE for name in CLASSES]
FOLDS = ("0", "1", "2")


def role(who: str, fold: str) -> str:
    """Two people are tested in each fold, two others validate it."""
    turn = (PEOPLE.index(who) // 2 - int(fold)) % 3
    return ("test", "validation", "train")[turn]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the clips and the folds of a small rotating protocol."""
    write_rows(tmp_path / "clips.csv", Clip._fields, CLIPS)
    rows = [(fold, clip.clip, role(clip.subject, fold)) for fold in FOLDS for clip in CLIPS]
    write_rows(tmp_path / "folds.csv", ("fold", "clip", "role"), rows)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def confident(label: str, wrong: bool = False) -> list[float]:
    """0.8 for the class, or for the next one."""
    at = (CLASSES.index(label) + wrong) % 3
    return [0.8 if i == at else 0.1 for i in range(3)]


def answered(*roles: str) -> list[list]:
    """clip, fold, probabilities: right but for every person's Joy."""
    return [
        [clip.clip, fold, *confident(clip.label, clip.label == "Joy")]
        for fold in FOLDS
        for clip in CLIPS
        if role(clip.subject, fold) in roles
    ]


HEADER = ["clip", "fold", *CLASSES]


def imported(rows: list[list], header: list[str] = HEADER, file: str = "others.csv", **told):
    """The predictions and the notes of a table of others."""
    if rows:
        write_rows(file, header, rows)
    files = {"clips": "clips.csv", "folds": "folds.csv", "out": "out.csv", "notes": "notes.json"}
    given = {"predictions": [file], **told}
    import_predictions.main(
        ImportPredictions(dataset="lab", protocol="k3", model="sound", classes=CLASSES, **given, **files)
    )
    with open("notes.json", encoding="utf-8") as notes:
        return predictions.read("out.csv"), json.load(notes)


def uar(rows: predictions.Predictions) -> float:
    return float(metrics.uar_of(metrics.confusion(rows)))


def test_a_table_with_every_scored_row_becomes_a_model_that_may_be_chosen(place):
    rows, notes = imported(answered("validation", "test"))
    assert (len(rows), notes["used"], notes["validation"], notes["kind"]) == (36, 36, True, "probabilities")
    assert uar(rows) == pytest.approx(2 / 3)
    assert set(zip(rows.role, rows.clip, rows.fold, strict=True)) == {
        (role(clip.subject, fold), clip.clip, fold)
        for fold in FOLDS for clip in CLIPS if role(clip.subject, fold) != "train"
    }  # fmt: skip


def test_test_rows_alone_are_taken_and_training_rows_count_for_nothing(place):
    rows, notes = imported(answered("test", "train"))
    assert (set(rows.role), len(rows), notes["used"], notes["rows"]) == ({"test"}, 18, 18, 36)
    assert not notes["validation"]


def test_without_a_fold_a_row_stands_for_the_test_clip_of_every_fold(place):
    rows, notes = imported([[clip.clip, *confident(clip.label)] for clip in CLIPS], ["clip", *CLASSES])
    assert (uar(rows), len(rows), notes["validation"]) == (1, 18, False)


@pytest.mark.parametrize("kind", ["tsv", "parquet", "csv"])
def test_tables_of_other_programs_are_read(place, kind):
    rows = [[f"{clip.subject}_{clip.label}.avi", *confident(clip.label)] for clip in CLIPS]
    header = ["clip", "p:ANGER", "p:Fear", "joy"]
    if kind == "parquet":
        import pandas as pd

        pd.DataFrame(rows, columns=header).to_parquet("others.parquet")
    else:
        mark = {"tsv": "\t", "csv": ";"}[kind]
        text = "\r\n".join(mark.join(map(str, row)) for row in [header, *rows])
        (place / f"others.{kind}").write_text("\ufeff" + text, encoding="utf-8")
    found, notes = imported([], file=f"others.{kind}")
    assert (uar(found), notes["by_file_name"]) == (1, 18)


def test_row_numbers_of_pandas_are_no_class_and_blank_lines_are_counted(place):
    table = [f"{i},{clip.clip},{','.join(map(str, confident(clip.label)))}" for i, clip in enumerate(CLIPS)]
    text = "\n\n".join([",".join(["", "clip", *CLASSES]), *table])
    (place / "others.csv").write_text(text)
    assert uar(imported([])[0]) == 1
    (place / "others.csv").write_text(text.replace("s0-fear", "nobody"))
    with pytest.raises(StudyError, match=r"1 row: line 5 \('nobody'\)"):
        imported([])


def test_labels_are_one_hot(place):
    rows, notes = imported([[clip.clip, clip.label.lower()] for clip in CLIPS], ["clip", "predicted"])
    assert notes["kind"] == "labels"
    assert sorted(set(rows.probabilities.ravel())) == [0, 1]
    assert uar(rows) == 1


def test_logits_become_probabilities(place):
    raw = [[*row[:2], *np.log(row[2:])] for row in answered("test")]
    rows, _ = imported(raw, scores="logits")
    expected, _ = imported(answered("test"))
    np.testing.assert_allclose(rows.probabilities, expected.probabilities)


def test_files_that_belong_together_are_joined(place):
    whole = answered("test")
    write_rows("one.csv", HEADER, whole[:7])
    write_rows("two.csv", HEADER, whole[7:])
    rows, _ = imported([], predictions=["one.csv", "two.csv"])
    assert len(rows) == 18


def test_a_lost_clip_is_refused_or_counted_as_an_error(place):
    rows = answered("test")
    with pytest.raises(StudyError, match=r"2 of 18 answers are missing: 's0-Joy' \(test of fold 0\), 's0-anger'.*mis"):
        imported([row for row in rows if row[0] not in ("s0-anger", "s0-Joy")])
    found, notes = imported([row for row in rows if row[0] != "s0-anger"], missing="wrong")
    assert (len(found), notes["missing"], found.covered.sum()) == (18, 1, 17)
    assert uar(found) == pytest.approx((5 / 6 + 1) / 3)
    lost = found.where(~found.covered)
    assert (lost.predicted.tolist(), lost.clip.tolist()) == ([""], ["s0-anger"])
    np.testing.assert_allclose(lost.probabilities, [[1 / 3] * 3])


def columns(**more):
    """The answers with further columns of the same value, or a value by row."""
    rows = answered("test")
    return [[*row, *(each(row) if callable(each) else each for each in more.values())] for row in rows], [
        *HEADER,
        *more,
    ]


def changed(at: int, cell: int, value) -> list[list]:
    rows = answered("test")
    rows[at][cell] = value
    return rows


TEST = answered("test")
REFUSED = {
    "another study": (
        [[f"x{row[0]}", *row[1:]] for row in TEST],
        HEADER,
        r"0 of 18 rows name a clip of this dataset \(such as 's0-anger'\), .*: line 2 \('xs0-a.*, \.\.\.\. Is it a",
    ),
    "a clip twice": ([*TEST, TEST[3]], HEADER, r"a second time .*: 1 row: line 20 \('s1-anger'\)"),
    "an unknown fold": (changed(1, 1, "7"), HEADER, r"no such fold in 1 row: line 3 \('7'\); the folds are 0, 1, 2"),
    "another role": (*columns(role="validation"), r"not have this role in this fold: 18 rows: line 2 \('val"),
    "an unknown role": (*columns(role="dev"), r"no such role in 18 rows: .*expected train, validation or test"),
    "tested clips trained on": (*columns(role="train"), r"test clips were trained on, says .* role: 18 rows"),
    "a class missing": ([row[:4] for row in TEST], HEADER[:4], r"no column for Joy\. Expected a column for"),
    "a foreign class": (*columns(contempt=0.1), r"the columns contempt are none of the classes"),
    "sums": (changed(0, 2, 0.5), HEADER, r"no probabilities in 1 row: line 2 \('s0-anger'\); the first sums to 0\.7"),
    "logits": ([[*row[:2], *np.log(row[2:])] for row in TEST], HEADER, r"like logits, so write scores: logits"),
    "per cent": ([[*row[:2], 80, 10, 10] for row in TEST], HEADER, r"like per cent: divide them by 100"),
    "each class for itself": ([[*row[:2], 0.9, 0.9, 0.1] for row in TEST], HEADER, r"divide each row by its"),
    "zeros": ([[*row[:2], 0, 0, 0] for row in TEST], HEADER, r"Rows of zeros are no answer: leave them out, and say"),
    "not a number": (changed(4, 3, "nan"), HEADER, r"column 'fear': no finite number in 1 row: line 6 \('nan'\)"),
    "nothing": (changed(4, 3, ""), HEADER, r"column 'fear': no finite number in 1 row: line 6"),
    "no clip": ([row[1:] for row in TEST], HEADER[1:], r"no column named clip; found fold, anger, fear, Joy"),
    "no answer": ([row[:2] for row in TEST], HEADER[:2], r"expected one for each class \(anger, fear, Joy\), or"),
    "another truth": (*columns(truth="anger"), r"the truth is another than that of the clips table in 12 rows"),
    "the truth": ([[clip.clip, clip.label] for clip in CLIPS], ["clip", "label"], r"is the truth of every clip"),
    "a foreign label": ([[clip.clip, "happy"] for clip in CLIPS], ["clip", "predicted"], r"none of the .* 18 rows"),
    "training rows alone": (answered("train"), HEADER, r"no row is of a validation or test clip of a fold"),
    "no rows": ([], HEADER, r"the table has no rows"),
    "a run without a number": (*columns(run="first"), r"the run is no number in 18 rows"),
}


@pytest.mark.parametrize(("rows", "header", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_table_that_does_not_fit_is_refused_with_its_rows(place, rows, header, sentence):
    write_rows("bad.csv", header, rows)
    with pytest.raises(StudyError, match=sentence):
        imported([], file="bad.csv")


def test_probabilities_that_are_called_logits_are_refused(place):
    with pytest.raises(StudyError, match="these are probabilities, so write scores: probabilities"):
        imported(answered("test"), scores="logits")


def test_a_name_of_several_clips_is_no_name(place):
    spans = [clip._replace(clip=f"{clip.clip}#{i}") for clip in CLIPS for i in range(2)]
    write_rows("clips.csv", Clip._fields, spans)
    with pytest.raises(StudyError, match="The file 's0_anger' holds several clips"):
        imported([[f"{clip.subject}_{clip.label}", *confident(clip.label)] for clip in CLIPS], ["clip", *CLASSES])


def scored(model: str = "sound", table: str = "out.csv") -> dict[str, float]:
    """UAR by kind of rows."""
    score.main(Score(dataset="lab", protocol="k3", model=model, evaluation={}, clips="clips.csv", folds="folds.csv",
                     predictions=[table], out="scores.csv"))  # fmt: skip
    rows = [one for one in scores.read("scores.csv") if (one.metric, one.fold, one.run) == ("uar", "", "mean")]
    return {one.rows: one.value for one in rows}


def test_a_development_score_exists_where_validation_rows_do(place):
    imported(answered("validation", "test"))
    assert scored() == {"development": pytest.approx(2 / 3), "test": pytest.approx(2 / 3)}
    imported(answered("test"))
    assert scored() == {"test": pytest.approx(2 / 3)}


def member(name: str, rows: list[list], header: list[str] = HEADER) -> dict[str, str]:
    """A member with its files."""
    imported(rows, header)
    (one := predictions.read("out.csv")).model[:] = name
    write_rows(f"{name}.csv", predictions.header(one.classes), one.rows())
    with open("notes.json", encoding="utf-8") as notes, open(f"{name}.json", "w", encoding="utf-8") as own:
        own.write(notes.read())
    return {"csv": f"{name}.csv", "json": f"{name}.json"}


def fused(method: str, *members: str, runs: int = 1) -> tuple[dict, predictions.Predictions]:
    rows = [[name, fold, run, f"{name}.csv"] for name in members for fold in FOLDS for run in range(runs)]
    told = {"dataset": "lab", "protocol": "k3", "fusion": "both", "method": method, "members": sorted(members)}
    fit_fusion.main(FitFusion(**told, folds="folds.csv", validation=rows, out="fit.json",
                              imported=[[name, f"{name}.json"] for name in members]))  # fmt: skip
    tables = [f"{name}.csv" for name in members]
    fuse.main(Fuse(**told, fit="fit.json", validation=rows, predictions=tables, out="fused.csv"))
    with open("fit.json", encoding="utf-8") as fit:
        return json.load(fit), predictions.read("fused.csv")


def test_members_of_others_weigh_and_vote_by_what_they_have(place):
    member("whole", answered("validation", "test"))
    member("other", answered("validation", "test"))
    member("tested", answered("test"))
    member("named", [[clip.clip, "fear"] for clip in CLIPS], ["clip", "predicted"])
    fit, rows = fused("weighted", "whole", "other")
    assert {one["role"] for one in fit["parameters"]} == {"validation", "test"}
    assert "refused" not in fit
    fit, rows = fused("weighted", "whole", "tested")
    assert fit["refused"].startswith("tested has no validation rows")
    assert len(rows) == 0
    fit, rows = fused("average", "whole", "tested")
    assert (set(rows.role), uar(rows)) == ({"test"}, pytest.approx(2 / 3))
    assert fused("average", "whole", "named")[0]["refused"].startswith("named answers with labels")
    fit, rows = fused("majority", "whole", "named", "tested")
    assert (set(rows.role), uar(rows)) == ({"test"}, pytest.approx(2 / 3))
    assert scored("both", "fused.csv") == {"test": pytest.approx(2 / 3)}
    fused("weighted", "whole", "tested")
    assert scored("both", "fused.csv") == {}


def test_a_majority_is_that_of_votes_and_a_tie_goes_to_the_likelier(place):
    members = np.array([[[0.4, 0.35, 0.25]], [[0.0, 0.1, 0.9]], [[0.4, 0.3, 0.3]]])
    covered = np.ones((3, 1), bool)
    joined, _ = fusion.combine(members, covered, "majority", np.ones(3))
    assert joined.argmax(1).tolist() == [0]  # the average would say 2
    assert fusion.combine(members[:2], covered[:2], "majority", np.ones(2))[0].argmax(1).tolist() == [2]
    covered[2] = False
    assert fusion.combine(members, covered, "majority", np.ones(3))[0].argmax(1).tolist() == [2]


def test_one_run_of_others_says_the_same_in_every_run_of_the_study(place):
    member("whole", answered("validation", "test"))
    several = [[*row, run] for row in answered("validation", "test") for run in (0, 1)]
    member("twice", several, [*HEADER, "run"])
    _, rows = fused("average", "whole", "twice", runs=2)
    assert sorted(set(rows.run.tolist())) == [0, 1]
    assert len(rows) == 72
    with pytest.raises(StudyError, match="twice has the runs 0, 1 and not run 2 of the study"):
        validation.read("twice", "0", 2, "twice.csv")


def test_a_contrast_of_a_label_that_is_neither_class_is_an_error(place):
    rows, _ = imported([[clip.clip, "Joy"] for clip in CLIPS], ["clip", "predicted"])
    assert uar(metrics.contrast(rows, ("anger", "fear"))) == 0


@pytest.mark.parametrize(("control", "expected"), [("oracle", 1.0), ("permuted", 1 / 3)])
def test_a_control_comes_in_by_the_same_way_and_reaches_what_it_must(place, control, expected):
    many = [clip._replace(clip=f"{clip.clip}{i}") for clip in CLIPS for i in range(60)]
    write_rows("clips.csv", Clip._fields, many)
    write_rows("folds.csv", ("fold", "clip", "role"), [(f, c.clip, role(c.subject, f)) for f in FOLDS for c in many])
    told = {"classes": CLASSES, "clips": "clips.csv", "folds": "folds.csv", "out": "control.csv"}
    make_control.main(MakeControl(control=control, seed=1, **told))
    rows, notes = imported([], predictions=[], made="control.csv")
    assert notes["validation"]
    assert scored()["test"] == pytest.approx(expected, abs=0.05 if control == "permuted" else 0)
    mean, spread = chance(rows.where(rows.role == "test"), True)
    assert mean == pytest.approx(1 / 3, abs=0.002)
    assert spread == pytest.approx(np.sqrt(2 / 1079) / 3, rel=0.15)  # (C - 1) / (C² (N - 1))


def test_a_fault_of_alignment_shows_in_a_control(place):
    """As where a reader took the columns of the classes in the order of the table."""
    told = {"classes": CLASSES, "clips": "clips.csv", "folds": "folds.csv", "out": "control.csv"}
    make_control.main(MakeControl(control="oracle", seed=1, **told))
    text = (place / "control.csv").read_text()
    (place / "control.csv").write_text(text.replace("p:Joy,p:fear,p:anger", "p:anger,p:fear,p:Joy"))
    imported([], predictions=[], made="control.csv")
    assert scored()["test"] < 0.5
