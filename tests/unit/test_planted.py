"""The search for copies tells how many planted copies it finds: all in clear films, fewer where it cannot see."""

import numpy as np
import pytest
from test_duplicates import each_in_turn, make_store, people

from ferstudy.protocols import duplicates, planted
from ferstudy.protocols.full_frames import Frames, read


def frames_of(folder, clips: dict[str, np.ndarray], subjects: dict[str, str] | None = None) -> Frames:
    line = each_in_turn(subjects or {name: name for name in clips})
    return read(line, [make_store(folder / "f.h5", clips)])


def test_copies_of_every_kind_are_planted_and_found(tmp_path):
    found = planted.recall(frames_of(tmp_path, people(4, frames=8)))
    assert list(found) == list(planted.KINDS)
    assert {planted for _, planted in found.values()} == {4}
    assert min(number for number, _ in found.values()) >= 3


@pytest.mark.slow
def test_ten_copies_of_ten_people_are_planted_and_nothing_is_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(planted, "KINDS", {"logos": planted.with_logo})
    frames = frames_of(tmp_path, people(12, frames=4))
    assert planted.recall(frames) == planted.recall(frames) == {"logos": (10, 10)}


def test_what_cannot_be_found_is_not_said_to_be_found(tmp_path, monkeypatch):
    """Noise in place of a copy, and a copy of nothing but two frames."""
    noise = np.random.default_rng(0).integers(0, 255, (8, 32, 32)).astype("u1")
    monkeypatch.setattr(planted, "KINDS", {"noise": lambda _: noise, "short": lambda clip: clip[:2]})
    assert planted.recall(frames_of(tmp_path, people(6, frames=8))) == {"noise": (0, 6), "short": (0, 6)}


@pytest.mark.slow
def test_where_clips_look_alike_the_finding_says_so(tmp_path, monkeypatch):
    """One room for all people, who differ by few grey levels."""
    monkeypatch.setattr(planted, "KINDS", {"turns by 10 degrees": planted.turned})
    clips = people(8, frames=6)
    room = people(1, frames=6)["p0"].astype(float)
    alike = {name: (room + (clip - room) * 0.02).round().astype("u1") for name, clip in clips.items()}
    (tmp_path / "clear").mkdir()
    clear = frames_of(tmp_path / "clear", clips)
    assert planted.crowded(clear) == (0, 8)
    assert planted.told(planted.recall(clear), planted.crowded(clear)).endswith(" 8 of 8.")
    frames = frames_of(tmp_path, alike)
    found, crowd = planted.recall(frames), planted.crowded(frames)
    assert crowd == (8, 8)
    assert found["turns by 10 degrees"][0] < 7
    assert "The clips look alike: 8 of the 8 that were copied" in planted.told(found, crowd)
    assert planted.told(found, crowd).endswith("may go unnoticed in this study: turns by 10 degrees.")
    assert "look alike" not in planted.told(found, (1, 8))


def test_the_finding_ends_with_the_recall(tmp_path, monkeypatch):
    monkeypatch.setattr(planted, "KINDS", {"gamma 0.7": lambda clip: planted.bent(clip, 0.7)})
    clips = people(4)
    store = make_store(tmp_path / "f.h5", clips)
    found = duplicates.measured(each_in_turn({name: name for name in clips}), [store])
    assert found.status == "pass"
    assert found.text.endswith(" Of copies planted among these clips it finds: gamma 0.7 4 of 4.")
    assert duplicates.measured(each_in_turn(dict.fromkeys(clips, "one person")), [store]).text.endswith("frames.")


@pytest.mark.slow
def test_another_take_of_the_same_person_is_no_miss(tmp_path, monkeypatch):
    monkeypatch.setattr(planted, "KINDS", {"speed 1.25": planted.faster})
    clips = people(3, frames=10)
    twice = {f"{name} {take}": clip for name, clip in clips.items() for take in (1, 2)}
    found = planted.recall(frames_of(tmp_path, twice, {name: name.split()[0] for name in twice}))
    assert found == {"speed 1.25": (6, 6)}


@pytest.mark.parametrize("kind", planted.KINDS)
def test_a_planted_copy_is_another_picture(kind):
    clip = people(1, frames=15)["p0"]
    copy = planted.KINDS[kind](clip)
    assert copy.dtype == clip.dtype
    assert copy.shape[1:] == clip.shape[1:]
    assert not np.array_equal(copy, clip)
