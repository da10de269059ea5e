"""Votes of people: what is taken and refused, how far they agree, and what stands on the page."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fake_study import SCHEMA, build
from sklearn import metrics as oracle

import import_votes
from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.evaluation import agreement, raters
from ferstudy.jobs.import_votes import ImportVotes
from ferstudy.report import charts, html, ranking, view
from ferstudy.report import ratings as people_ratings
from ferstudy.report.blocks import Page, PageTable, Section, Text, walk
from ferstudy.report.figures import BoxPlot
from ferstudy.report.read import read
from ferstudy.report.sections import human as human_section
from ferstudy.study.check import check
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import clips, ratings
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.ratings import Rating
from ferstudy.tables.write import write_rows

CLASSES = ["anger", "fear", "happiness"]
CLIPS = [
    Clip(f"{actor}_DFA_{code}_XX", f"VideoFlash/{actor}_DFA_{code}_XX.flv", actor, label)
    for actor in ("1001", "1002")
    for code, label in (("ANG", "anger"), ("FEA", "fear"), ("HAP", "happiness"))
]
# Fleiss 1971, as in Wikipedia's "Fleiss' kappa": 10 subjects, 14 raters, 5 categories; kappa 0.210.
FLEISS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
# Krippendorff 2011, section C: 4 observers, 12 units, 0 for no answer; nominal alpha 0.743.
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]  # fmt: skip


def in_form(columns: str, *rows: str):
    """A table of votes as rows of texts; "|" separates cells."""
    write_rows("votes.csv", columns.split("|"), [row.split("|") for row in rows])


def held(labels=None, others=("neutral", "other"), key=(), votes=("votes.csv",)) -> tuple[list[Rating], dict]:
    """The ratings and the notes that import_votes writes."""
    job = ImportVotes(dataset="d", classes=CLASSES, labels=labels or {}, other_answers=list(others), votes=list(votes),
                      key=list(key), clips="clips.csv", out="out.csv", notes="notes.json")  # fmt: skip
    import_votes.main(job)
    with open("notes.json", encoding="utf-8") as file:
        return ratings.read("out.csv"), json.load(file)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with six clips of CREMA-D's naming."""
    write_rows(tmp_path / "clips.csv", Clip._fields, CLIPS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_fleiss_kappa_is_that_of_the_published_table():
    assert agreement.fleiss_kappa(np.array(FLEISS)) == pytest.approx(0.210, abs=5e-4)


def test_krippendorffs_alpha_is_that_of_the_published_table():
    given = [
        Rating(f"unit {unit}", f"observer {who}", str(value))
        for who, own in enumerate(KRIPPENDORFF)
        for unit, value in enumerate(own)
        if value
    ]
    assert agreement.krippendorff_alpha(agreement.counts(given)) == pytest.approx(0.743, abs=5e-4)
    assert np.isnan(agreement.fleiss_kappa(agreement.counts(given)))  # units differ in their number of votes


def test_agreement_that_cannot_be_told_is_no_number():
    for counts in ([[3, 0], [3, 0]], [[1, 0], [0, 1]]):  # one answer alone; one vote a clip
        assert np.isnan(agreement.fleiss_kappa(np.array(counts)))
        assert np.isnan(agreement.krippendorff_alpha(np.array(counts)))


def test_raters_and_their_majority_score_as_scikit_learn_says():
    rng = np.random.default_rng(3)
    truth = {f"c{i}": CLASSES[i % 3] for i in range(30)}
    given = [Rating(clip, who, str(rng.choice([label, *CLASSES, "other"])))
             for clip, label in truth.items() for who in "abc"]  # fmt: skip
    for one in raters.each(given, truth, CLASSES):
        own = [(truth[rating.clip], rating.label) for rating in given if rating.rater == one.rater]
        labels, answers = zip(*own, strict=True)
        assert one.uar == pytest.approx(oracle.recall_score(labels, answers, labels=CLASSES, average="macro"))
        assert one.accuracy == pytest.approx(oracle.accuracy_score(labels, answers))
    votes = [Rating("x", who, label) for who, label in zip("abcd", ("fear", "fear", "anger", "anger"), strict=True)]
    votes += [Rating("y", who, label) for who, label in zip("abc", ("other", "other", "anger"), strict=True)]
    assert raters.majority(votes) == {"x": "", "y": "other"}  # a tie is no answer; another answer can win, and is wrong
    assert raters.score("all", raters.majority(votes), {"x": "fear", "y": "anger"}, CLASSES).uar == 0


def test_a_table_of_ones_own_is_taken_with_other_answers_and_names(place):
    in_form("clip|rater|label", "1001_DFA_ANG_XX|b|angry", "1001_DFA_ANG_XX.flv|a|neutral", "1002_DFA_FEA_XX|a|fear")
    found, notes = held(labels={"angry": "anger"})
    assert found == [("1001_DFA_ANG_XX", "a", "neutral"), ("1001_DFA_ANG_XX", "b", "anger"),
                     ("1002_DFA_FEA_XX", "a", "fear")]  # fmt: skip
    assert (notes["used"], notes["others"]) == (3, {"neutral": 1})


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            ("1001_DFA_ANG_XX|a|anger", "1009_DFA_ANG_XX|a|anger"),
            r"no clip of this dataset .* 1 row: line 3 \('1009_DFA",
        ),
        (("1001_DFA_ANG_XX|a|rage",), r"no such label in 1 row: line 2 \('rage'\); the classes are anger, fear, happi"),
        (
            ("1001_DFA_ANG_XX|a|anger", "1001_DFA_ANG_XX|a|fear"),
            r"votes a second time on a clip: 1 row: line 3 \('a'\)",
        ),
        (("1001_DFA_ANG_XX||anger",), r"the rater is empty in 1 row: line 2"),
        (("1001_DFA_ANG_XX|a|",), r"the label is empty in 1 row: line 2"),
    ],
)
def test_bad_rows_are_refused_by_name(place, rows, sentence):
    in_form("clip|rater|label", *rows)
    with pytest.raises(StudyError, match=sentence):
        held()


def test_a_table_of_another_form_is_refused(place):
    in_form("file|who|what", "1001_DFA_ANG_XX|a|anger")
    with pytest.raises(StudyError, match="found the columns file, who, what; expected clip, rater and label, or those"):
        held()


def test_responses_of_cremad_are_those_to_the_face_alone_and_other_clips_are_counted(place):
    columns = "|localid|pos|queryType|clipName|respEmo|respLevel|dispEmo"
    in_form(columns, "1|p1|9|2|1001_DFA_ANG_XX|A|60|A", "2|p1|10|1|1001_DFA_FEA_XX|A|60|F",
            "3|p2|9|2|1001_DFA_ANG_XX|N|60|A", "4|p1|11|2|1077_DFA_SAD_XX|S|40|S")  # fmt: skip
    found, notes = held(others=())
    assert found == [("1001_DFA_ANG_XX", "p1", "anger"), ("1001_DFA_ANG_XX", "p2", "neutral")]
    assert {name: notes[name] for name in ("rows", "used", "unused", "left_out")} == {
        "rows": 4, "used": 2, "unused": 1, "left_out": 1,
    }  # fmt: skip
    assert notes["others"] == {"neutral": 1}


def test_of_the_summary_of_cremad_the_majority_is_one_rater_and_a_tie_is_wrong(place):
    in_form("|FileName|VoiceVote|FaceVote", "1|1001_DFA_ANG_XX|N|A", "2|1001_DFA_FEA_XX|N|A:F")
    found, notes = held()
    assert found == [("1001_DFA_ANG_XX", "FaceVote", "anger"), ("1001_DFA_FEA_XX", "FaceVote", "anger:fear")]
    assert notes["others"] == {"anger:fear": 1}


def test_ids_of_a_rating_page_are_clips_by_its_key_alone(place):
    in_form("clip|rater|label", "9f3a|a|anger")
    with pytest.raises(StudyError, match="Ids of a rating page need its key"):
        held()
    write_rows("key.csv", ("id", "clip"), [("9f3a", "1001_DFA_ANG_XX")])
    assert held(key=["key.csv"])[0] == [("1001_DFA_ANG_XX", "a", "anger")]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The made-up study with votes of six people on half of the clips of one dataset."""
    root = tmp_path_factory.mktemp("human")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        config = build(root)["config"]
        known = clips.read(paths.clips("acted"))
        rng = np.random.default_rng(1)
        rows = [(clip.clip, f"rater-{who}", clip.label if rng.random() < 0.8 else "other")
                for clip in known[::2] for who in "uvwxyz"]  # fmt: skip
        write_rows("votes.csv", ("clip", "rater", "label"), rows)
        own = Study(complete({**config, "human": {"acted": {"votes": "votes.csv"}}}, SCHEMA, "config.yaml"))
        (job,) = [job for rule, job in every_job(own) if rule == "import_votes"]
        import_votes.main(job)
    return own, root, rows


def tables(page) -> dict[str, PageTable]:
    return {block.id: block for block in walk(page) if isinstance(block, PageTable)}


def texts(table: PageTable) -> dict[str, list[str]]:
    return {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows}


@pytest.mark.usefixtures("undrawn")
def test_the_page_shows_agreement_raters_and_the_models_against_the_majority(study):
    own, root, rows = study
    page = view.page(read(own, root / "results"))
    found = tables(page)
    told = texts(found["agreement-acted"])
    assert told["Answers per clip"] == ["6"]
    assert told["Fleiss' kappa"] != ["–"]
    assert len(found["raters-acted"].rows) == 6
    said = " ".join(block.text for block in walk(page) if isinstance(block, Text))
    assert (
        f"Answers that are none of the classes count as wrong: “other” ({sum(r[2] == 'other' for r in rows)})." in said
    )
    references = texts(found["scores-acted-kfold3"])
    (people,) = [name for name in references if name.startswith("humans, majority of 6")]
    against = texts(found["model-minus-human-acted-kfold3"])
    # The UAR of the ranking's row is over the same clips as that of the table.
    assert references[people][1] == against["UAR"][1]
    for clip_count, human, model, apart, _ in against.values():
        assert int(clip_count) > 0
        assert float(apart.replace("−", "-")) == pytest.approx(float(model) - float(human), abs=1.1e-3)
    assert "rater-u" in html.render(page)


def test_test_sets_that_are_not_pooled_are_held_against_people_each_for_itself(study):
    own, root, _ = study
    folds = read_folds(root / paths.folds("acted", "kfold3"))
    results = read(own, root / "results")
    (panel,) = [one for one in ranking.panels(results) if one.id == "acted-kfold3"]
    answers = people_ratings.of(results, "acted")
    apart = replace(panel, protocol=replace(panel.protocol, settings={"kind": "lodo"}))
    found = human_section._against(results, apart, answers)
    (tested,) = [fold for fold, roles in folds.items() if roles["test"]]
    assert [table.id for table in found] == [f"model-minus-human-{tested}-acted-kfold3"]
    (pooled,) = human_section._against(results, panel, answers)
    assert found[0].rows == pooled.rows
    drawn = replace(panel, protocol=replace(panel.protocol, settings={"kind": "holdout"}))
    assert "draws its test clips anew" in human_section._against(results, drawn, answers)[0].text


def test_recalls_of_the_majority_are_those_of_scikit_learn(study):
    own, root, rows = study
    against = texts(tables(view.page(read(own, root / "results")))["model-minus-human-acted-kfold3"])
    truth = {clip.clip: clip.label for clip in clips.read(root / paths.clips("acted"))}
    tested = {clip for roles in read_folds(root / paths.folds("acted", "kfold3")).values() for clip in roles["test"]}
    votes: dict[str, list[str]] = {}
    for clip, _, label in rows:
        votes.setdefault(clip, []).append(label)
    answers = {clip: max(set(own), key=own.count) if own.count("other") != 3 else "tie" for clip, own in votes.items()}
    known = sorted(tested & answers.keys())
    names = sorted(set(truth.values()))
    recalls = oracle.recall_score([truth[c] for c in known], [answers[c] for c in known], labels=names, average=None)
    for name, recall in zip(names, recalls, strict=True):
        assert float(against[name][1]) == pytest.approx(recall, abs=5.1e-4)


@pytest.mark.usefixtures("undrawn")
def test_a_public_page_names_no_rater_and_no_file_of_votes(study):
    own, root, _ = study
    config = {**own.config, "report": {**own.config["report"], "public": True}}
    text = html.render(view.page(read(Study(config), root / "results", public=True)))
    assert "rater 1" in text
    assert "rater-u" not in text
    assert "votes.csv" not in text


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_votes_that_were_not_imported_are_said_to_be_missing(tmp_path):
    config = build(tmp_path)["config"]
    own = Study({**config, "human": {"acted": {"votes": "v.csv", "labels": {}, "other_answers": []}}})
    found = read(own, tmp_path / "results")
    assert "The votes are missing or could not be used" in html.render(view.page(found))
    asked = {paths.ratings("acted", "csv"), paths.ratings("acted", "json")}
    assert asked <= {hole.path for hole in found.holes}
    without = read(Study({**config, "human": {}}), tmp_path / "results")
    assert asked.isdisjoint(hole.path for hole in without.holes)
    number = len(without.holes) + 2
    assert f"{number} planned files are missing" in view.page(found).banner


def test_a_box_plot_is_drawn_for_a_paper_too(study, tmp_path):
    own, root, _ = study
    page = view.page(read(own, root / "results"))
    (plot,) = [block for block in walk(page) if isinstance(block, BoxPlot)]
    assert plot.label.startswith("UAR of each rater: median 0.")
    charts.write(Page("", "", "", "", (Section("human", "Human", (plot,)),)), tmp_path)
    assert (tmp_path / "raters-plot-acted.svg").stat().st_size > 1000


def test_a_config_is_refused_where_votes_fit_nothing(study, monkeypatch):
    own, root, _ = study
    monkeypatch.chdir(root)
    human = {
        "elsewhere": {"votes": "votes.csv"},
        "acted": {"votes": ["votes.csv", "none.csv"], "labels": {"mad": "madness"}},
    }
    config = complete({**own.config, "human": human}, SCHEMA, "config.yaml")
    with pytest.raises(StudyError) as error:
        check(config, "config.yaml")
    for sentence in (
        "human/elsewhere: the grid has no dataset named 'elsewhere'",
        "human/acted/votes: there is no file 'none.csv'",
        "human/acted/labels/mad: 'madness' is none of the classes",
    ):
        assert sentence in str(error.value)
