"""The sound of a film: a row of log-mel energies for each frame of its picture."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from test_config import changed, study_of

import read_sound
from ferstudy.errors import StudyError
from ferstudy.jobs.read_sound import ReadSound
from ferstudy.store.read import Store
from ferstudy.study.every_job import every_job
from ferstudy.tables import rejected
from ferstudy.tables.shards import Part
from ferstudy.tables.write import write_rows
from ferstudy.video import sound
from ferstudy.video.times import times_of
from ferstudy.video.unusable import Unusable

FPS, RATE = 25, 44_100


def talking(path: Path, tones: list[float], begin: float = 0.0, frames: int = 50) -> Path:
    """A film of `frames`, whose sound begins at `begin` s and has each of `tones` (Hz) for half a second."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=FPS)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        speech = container.add_stream("pcm_s16le", rate=RATE, layout="mono") if tones else None
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), i, np.uint8), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        time = np.arange(RATE // 2) / RATE
        for i, tone in enumerate(tones):
            wave = (8000 * np.sin(2 * np.pi * tone * time)).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
            frame.pts = round(begin * RATE) + i * len(time)
            container.mux(speech.encode(frame))
        if speech:
            container.mux(speech.encode())
    return path


def band_of(hertz: float) -> int:
    """The band whose middle is nearest to a frequency, in mel (2595 log10(1 + f / 700))."""
    mel = [2595 * np.log10(1 + f / 700) for f in (sound.LOWEST, sound.HIGHEST, hertz)]
    return int(np.argmin(np.abs(np.linspace(mel[0], mel[1], sound.BANDS + 2)[1:-1] - mel[2])))


def test_each_frame_has_the_tone_that_is_heard_while_it_is_shown(tmp_path):
    path = talking(tmp_path / "film.mkv", [400, 3000, 1000, 6000])
    rows, heard = sound.rows(path, times_of(path))
    assert rows.shape == (50, sound.BANDS)
    assert heard.all()
    for start, tone in ((2, 400), (15, 3000), (27, 1000), (40, 6000)):
        assert set(rows[start : start + 8].argmax(1)) <= {band_of(tone) - 1, band_of(tone), band_of(tone) + 1}


def test_frames_before_and_after_the_sound_are_not_heard(tmp_path):
    path = talking(tmp_path / "film.mkv", [1000], begin=0.6)
    rows, heard = sound.rows(path, times_of(path))
    assert np.flatnonzero(heard)[0] == pytest.approx(15, abs=1)
    assert heard.sum() == pytest.approx(12.5, abs=1.5)
    assert (rows[~heard] == 0).all()


def test_twice_as_loud_is_more_by_the_logarithm_of_four():
    noise = np.random.default_rng(1).normal(size=16_000)
    np.testing.assert_allclose(sound.log_mel(2 * noise) - sound.log_mel(noise), np.log(4), atol=1e-6)


def test_every_filter_has_a_sum_of_one_and_a_peak_in_order():
    bank = sound.filters()
    np.testing.assert_allclose(bank.sum(1), 1)
    assert (np.diff(bank.argmax(1)) >= 0).all()


def test_a_film_without_sound_is_unusable(tmp_path):
    path = talking(tmp_path / "film.mkv", [])
    with pytest.raises(Unusable, match="no sound"):
        sound.rows(path, times_of(path))


def test_frames_faster_than_the_windows_take_the_nearest(tmp_path):
    path = talking(tmp_path / "film.mkv", [1000, 1000])
    times = times_of(path)
    fast = times._replace(shown=np.linspace(0, 0.9, 400), end=0.9025)
    assert sound.rows(path, fast)[1].all()


# ---------------------------------------------------------------- the job and the config


def test_the_job_stores_what_is_heard_in_each_clip_and_says_why_others_have_nothing(tmp_path):
    talking(tmp_path / "film.mkv", [400, 3000, 1000, 6000])
    talking(tmp_path / "mute.mkv", [])
    talking(tmp_path / "late.mkv", [1000], begin=1.5)
    parts = [
        Part("whole", str(tmp_path / "film.mkv"), None, None, ""),
        Part("half", str(tmp_path / "film.mkv"), 25, 45, ""),
        Part("mute", str(tmp_path / "mute.mkv"), None, None, ""),
        Part("late", str(tmp_path / "late.mkv"), None, None, ""),
    ]
    write_rows(tmp_path / "shard.csv", Part._fields, parts)
    files = {name: str(tmp_path / f"{name}.out") for name in ("store", "rejected", "notes")}
    read_sound.main(
        ReadSound(leaf="lab", covered_frames=0.5, shortest=1, shard=str(tmp_path / "shard.csv"), **files)
    )  # fmt: skip
    with Store(files["store"]) as store:
        assert list(store.clips) == ["whole", "half"]
        assert store.values("whole").shape == (50, sound.BANDS)
        np.testing.assert_array_equal(store.column("half", "frame"), range(25, 45))
        np.testing.assert_array_equal(store.values("half"), store.values("whole")[25:45])
    reasons = {row.clip: row.reason for row in rejected.read(files["rejected"])}
    assert reasons == {"mute": "no sound", "late": "too few sure frames"}


def hearing(**more) -> dict:
    """A study with a linear model on sound."""
    config = changed("tables", {"voice": {"preset": "sound", **more}})
    config["architectures"]["voice_svm"] = {"family": "linear", "input": {"kind": "table", "name": "voice"}}
    return config


def test_a_study_that_hears_has_a_job_for_each_shard_and_no_network_of_others():
    study = study_of(hearing())
    rules = [rule for rule, _ in every_job(study)]
    assert rules.count("read_sound") == len(study.shards)
    assert "read_tables" not in rules
    assert study.trained_elsewhere(*study.pairs[0]) == {}


def test_what_only_tables_have_is_refused():
    with pytest.raises(StudyError, match="tables/voice/pattern: means nothing with preset: sound"):
        study_of(hearing(pattern="{clip}.csv"))
