"""Frames with boxes: where the box is, which clips are shown, and what becomes of a video that is gone."""

import base64
import json

import cv2
import numpy as np

import draw_boxes
from ferstudy.jobs.draw_boxes import DrawBoxes
from ferstudy.store.write import Writer
from ferstudy.tables import clips
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows
from ferstudy.video import boxed


def test_the_box_is_where_it_is_in_the_frame():
    frame = np.zeros((288, 200, 3), np.uint8)
    small = boxed.drawn(frame, np.array([40.0, 60.0, 80.0, 100.0]))
    assert small.shape == (144, 100, 3)
    rows, columns = np.nonzero(small.any(-1))
    assert abs(np.array([columns.min(), rows.min(), columns.max(), rows.max()]) - [20, 30, 60, 80]).max() <= 1
    assert not small[40:70, 30:50].any()


def test_a_clip_of_each_person_and_class_of_those_who_may_be_shown():
    found = [
        Clip(f"{who}-{label}-{i}", "", who, label) for who in "abcdefgh" for label in ("joy", "fear") for i in "12"
    ]
    everybody = boxed.chosen(found, [])
    assert [clip.clip for clip in everybody if clip.label == "joy"] == [f"{who}-joy-1" for who in "abcdef"]
    assert [clip.clip for clip in boxed.chosen(found, ["c"])] == ["c-joy-1", "c-fear-1"]


def test_the_script_draws_what_is_in_the_stores(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(6):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((72, 48, 3), 40 * number, np.uint8))
    rows = [Clip("there", str(folder), "ann", "joy", start=1), Clip("gone", str(tmp_path / "gone.mp4"), "ben", "joy")]
    write_rows(tmp_path / "clips.csv", clips.COLUMNS, rows)
    with Writer(tmp_path / "0.h5", (8, 8, 3), "uint8", {"box": ((4,), "f4")}, {}) as store:
        for clip in rows:
            store.begin(clip.clip)
            store.add(np.zeros((3, 8, 8, 3), np.uint8), np.arange(2, 5), box=np.full((3, 4), 10))
            store.end()
    out = tmp_path / "boxes.json"
    draw_boxes.main(DrawBoxes(clips=str(tmp_path / "clips.csv"), faces=[str(tmp_path / "0.h5")], out=str(out)))
    drawn = json.loads(out.read_text())
    assert list(drawn) == ["there"]
    jpeg = np.frombuffer(base64.b64decode(drawn["there"]["picture"].partition(",")[2]), np.uint8)
    pixels = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert pixels.shape == (144, 3 * 96, 3) == (drawn["there"]["height"], drawn["there"]["width"], 3)
    for i, frame in enumerate((2, 3, 4)):  # source frames, whose grey is 40 times their number
        assert abs(int(pixels[130, 96 * i + 90, 0]) - 40 * frame) < 6
