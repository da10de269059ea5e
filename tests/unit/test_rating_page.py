"""The rating page: which clips it asks, whose faces it shows, and what it gives away."""

import csv
import json
import re

import av
import numpy as np
import pytest
import yaml
from fake_study import build
from films import film

import make_rating_page
from ferstudy.errors import StudyError
from ferstudy.rating import rating_page, shown_clip
from ferstudy.tables import clips
from ferstudy.tables.lineup import read_folds
from ferstudy.video.decode import Film


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The made-up study with a short film for each test clip of the dataset `field`, but for one."""
    root = tmp_path_factory.mktemp("rated")
    config = build(root, ("anger", "fear", "joy"))["config"]
    (root / "config").mkdir()
    (root / "config/config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    frames = np.random.default_rng(1).integers(0, 255, (5, 32, 48, 3), dtype=np.uint8)
    known = clips.read(root / "results/clips/field.csv")
    for clip in known[1:]:
        film(root / clip.path, frames)
    return root


def made(root, *more: str) -> tuple[list[dict[str, str]], dict]:
    """The key, and what the page asks."""
    make_rating_page.main(["--directory", str(root), "--dataset", "field", "--faces-are-consented", *more])
    with open(root / "rating/field/key.csv", encoding="utf-8") as file:
        key = list(csv.DictReader(file))
    text = (root / "rating/field/page/index.html").read_text(encoding="utf-8")
    return key, json.loads(re.search(r"const asked = (.*);\n", text)[1])


def test_faces_are_shown_only_where_they_may_be(study):
    with pytest.raises(StudyError, match=r"the faces of 72 of 72 clips.*consent: nothing\), say --faces-are-consented"):
        make_rating_page.main(["--directory", str(study), "--dataset", "field"])
    with pytest.raises(StudyError, match="say --dataset: the grid has acted, field"):
        make_rating_page.main(["--directory", str(study)])


def test_the_page_has_the_test_clips_by_ids_that_say_nothing(study, capsys):
    key, asked = made(study, "--other")
    known = {clip.clip: clip for clip in clips.read(study / "results/clips/field.csv")}
    tested = {clip for roles in read_folds(study / "results/folds/field/turns.csv").values() for clip in roles["test"]}
    lost = next(iter(known))
    assert {row["clip"] for row in key} == tested - {lost}
    assert f"Not shown: {lost}: file missing" in capsys.readouterr().out
    assert asked["clips"] == sorted(row["id"] for row in key)
    assert asked["answers"][-1] == "other"
    files = list((study / "rating/field/page").rglob("*.*"))
    assert {path.stem for path in files if path.suffix == ".webm"} == set(asked["clips"])
    text = (study / "rating/field/page/index.html").read_text(encoding="utf-8")
    assert not [clip.clip for clip in known.values() if clip.clip in text or clip.path in text]
    with pytest.raises(StudyError, match=r"exists; votes can be read by the key of their own page alone"):
        made(study)


def test_a_page_may_have_some_clips_of_each_class(study):
    known = clips.read(study / "results/clips/field.csv")
    drawn = make_rating_page.drawn(known, 3)
    counts = {label: sum(clip.label == label for clip in drawn) for label in {clip.label for clip in known}}
    assert set(counts.values()) == {3}
    assert [clip.clip for clip in make_rating_page.drawn(known, None)] != [clip.clip for clip in known]


def test_what_is_asked_cannot_end_the_script():
    text = rating_page.render({"title": "</script><script>alert(1)</script>"})
    assert text.count("</script>") == 1


def test_a_clip_is_shown_with_its_own_frames_at_its_own_times_and_without_sound(tmp_path):
    frames = np.stack([np.full((48, 63, 3), 25 * i, np.uint8) for i in range(8)])
    source = film(tmp_path / "film.mp4", frames, times=[0, 40, 80, 200, 240, 280, 320, 360], sound=(0, 360))
    shown_clip.write(source, 2, 6, tmp_path / "out.webm")
    with av.open(str(tmp_path / "out.webm")) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        times = [round(1000 * frame.time) for frame in container.decode(video=0)]
    assert times == [0, 120, 160, 200]
    levels = [frame.mean() for frame in Film(tmp_path / "out.webm")]
    assert levels == pytest.approx([50, 75, 100, 125], abs=4)
    shown_clip.write(film(tmp_path / "wide.mp4", np.zeros((2, 90, 1930, 3), np.uint8)), None, None, tmp_path / "w.webm")
    assert Film(tmp_path / "w.webm").shape == (44, 960)
