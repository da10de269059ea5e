"""Stores of frames: what is read of one is what was written, or a sentence says that it is damaged."""

import errno
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from ferstudy.errors import StudyError
from ferstudy.store import arrays, damage
from ferstudy.store.read import Store, checksums
from ferstudy.store.write import Writer

NAMES = ("one", "an odd/ä, name", "three")
NOTED = {"leaf": "mine", "recipe": '{"crop": 1}', "count": 3, "share": 0.1}
REGIONS = pytest.mark.parametrize("regions", [150, pytest.param(600, marks=pytest.mark.slow)])
SCRIPTS = str(Path(__file__).parents[2] / "scripts")


@pytest.fixture
def store(tmp_path) -> Path:
    """Three clips of 5 to 9 frames with two columns."""
    path, random_ = tmp_path / "store.h5", np.random.default_rng(1)
    with Writer(path, (4, 4, 3), "uint8", {"box": ((4,), "f4"), "of": ((), "i4")}, NOTED) as out:
        for name, frames in zip(NAMES, (5, 9, 7), strict=True):
            out.begin(name)
            out.add(
                random_.integers(0, 255, (frames, 4, 4, 3)),
                np.arange(frames),
                box=random_.random((frames, 4)),
                of=np.full(frames, frames),
            )
            out.end()
    return path


def everything(path: Path) -> list:
    """All that a reader may ask of a store."""
    with Store(path) as store:
        rows = [store.column(clip, name).tobytes() for clip in store.clips for name in ("frame", *store.columns)]
        frames = [store.values(clip).tobytes() for clip in store.clips]
        return [
            store.clips, store.lengths.tolist(), store.shape, store.dtype, store.columns, store.attributes, rows, frames
        ]  # fmt: skip


def test_a_store_gives_back_what_was_written(store):
    with Store(store) as read:
        assert (read.clips, read.lengths.tolist()) == (list(NAMES), [5, 9, 7])
        assert (read.shape, read.dtype, read.attributes) == ((4, 4, 3), "|u1", NOTED)
        assert read.columns == {"box": ((4,), "<f4"), "of": ((), "<i4")}
        assert read.column("three", "of").tolist() == [7] * 7
        random_ = np.random.default_rng(1)
        assert read.values("one").tolist() == random_.integers(0, 255, (5, 4, 4, 3)).tolist()
        assert np.array_equal(read.column("one", "box"), random_.random((5, 4)).astype("f4"))


def flips(path: Path, read: Callable[[Path], list], regions: int) -> list[str]:
    """What is said of one flipped bit, seeded, in each of so many regions of the file at `path`.

    A flip that is not noticed must change nothing that `read` gives back.
    """
    whole, expected, chosen = path.read_bytes(), read(path), random.Random(7)
    flipped, told = path.with_name("flipped.h5"), []
    for region in range(regions):
        content = bytearray(whole)
        place = chosen.randrange(region * len(whole) // regions, (region + 1) * len(whole) // regions)
        content[place] ^= 1 << chosen.randrange(8)
        flipped.write_bytes(content)
        try:
            found = read(flipped)
        except StudyError as error:
            told.append(str(error))
            continue
        assert found == expected, f"byte {place}: silently something else"
    return told


@REGIONS
def test_every_flipped_bit_is_noticed_or_changes_nothing(store, regions):
    told = flips(store, everything, regions)
    assert len(told) > regions / 10  # most of so small a file is HDF5's own spare room
    sentence = re.compile(r".*flipped.h5: .*damaged.*; delete (it|the file) and run again", re.DOTALL)
    assert [line for line in told if not sentence.fullmatch(line)] == []


@REGIONS
def test_a_flipped_bit_in_the_rows_of_a_training_is_noticed_or_changes_nothing(tmp_path, regions):
    path = tmp_path / "validation.h5"
    given = {
        "clips": list(NAMES),
        "nobody": [],
        "covered": np.array([True, False, True]),
        "probabilities": np.random.default_rng(0).random((4, 3, 7)).astype("f4"),
    }

    def read(path: Path) -> list:
        found = arrays.read(path, "validation rows", "train first", tuple(given))
        return [(array.tolist(), array.shape) for array in found.values()]

    arrays.write(path, given)
    assert [values for values, _ in read(path)] == [np.asarray(value).tolist() for value in given.values()]
    told = flips(path, read, regions)
    assert len(told) > regions / 10
    sentence = re.compile(
        r".*flipped.h5: not a readable file of validation rows, .*; delete it and run again", re.DOTALL
    )
    assert [line for line in told if not sentence.fullmatch(line)] == []


@pytest.mark.parametrize("length", [0, 7, 100, 3000, -1])
def test_a_store_that_was_cut_off_is_damaged(store, length):
    store.write_bytes(store.read_bytes()[:length])
    with pytest.raises(StudyError, match=r"store.h5: not a readable store, it is damaged .*; delete it and run again"):
        everything(store)


@pytest.mark.parametrize("text", [b"one", b'"mine"', b"0.1", b"[0, 5, 14, 21]"])
def test_names_places_and_attributes_are_protected(store, text):
    content = store.read_bytes()
    assert content.count(text) == 1
    store.write_bytes(content.replace(text, text[:-1] + bytes([text[-1] ^ 1])))
    with pytest.raises(StudyError, match="what it says of its clips and columns is not what was written"):
        Store(store)


def test_a_column_is_checked_where_it_is_read(store):
    with h5py.File(store, "r+") as file:
        file["columns/box"][6, 1] += 0.5
    with Store(store) as read:
        read.column("one", "box")
        read.column(NAMES[1], "of")
        with pytest.raises(StudyError, match=f"'box' of '{NAMES[1]}' is damaged"):
            read.column(NAMES[1], "box")
        with pytest.raises(StudyError, match="is damaged"):
            read.read_all()


def of_release_0_1_0(path: Path, store: Path) -> None:
    """The same content as release 0.1.0 wrote it: checksums of frames alone."""
    with Store(store) as read, h5py.File(path, "w") as file:
        file.attrs["format"] = 1
        file.attrs.update(read.attributes)
        file["values"] = np.concatenate([read.values(clip) for clip in read.clips])
        file["frame"] = np.concatenate([read.column(clip, "frame") for clip in read.clips])
        for name in read.columns:
            file[f"columns/{name}"] = np.concatenate([read.column(clip, name) for clip in read.clips])
        text = h5py.string_dtype()
        file.create_dataset("clips", data=np.array(read.clips, dtype=object), dtype=text)
        file.create_dataset("checksums", data=[read.checksum(clip) for clip in read.clips], dtype=text)
        file["offsets"] = np.array([0, *np.cumsum(read.lengths)], "i8")


def test_a_store_of_an_earlier_release_is_read(store, tmp_path):
    """What is computed of it has the same key: nothing is made again for its sake."""
    old = tmp_path / "old.h5"
    of_release_0_1_0(old, store)
    assert everything(old) == everything(store)
    assert checksums([old]) == checksums([store])
    with h5py.File(old, "r+") as file:
        file["values"][3, 0, 0, 0] ^= 1
    with pytest.raises(StudyError, match="the frames of 'one' are damaged"):
        everything(old)


def test_a_store_of_a_store_has_a_head_of_its_own(store, tmp_path):
    """Attributes are handed on from store to store, whatever release wrote the first one."""
    old, new = tmp_path / "old.h5", tmp_path / "new.h5"
    of_release_0_1_0(old, store)
    with Store(old) as read, Writer(new, read.shape, read.dtype, read.columns, read.attributes) as out:
        for clip in read.clips:
            out.begin(clip)
            columns = {name: read.column(clip, name) for name in read.columns}
            out.add(read.values(clip), read.column(clip, "frame"), **columns)
            out.end()
    assert everything(new) == everything(store)


def test_a_store_that_the_disk_is_too_small_for_leaves_nothing(tmp_path):
    """HDF5 tells of a full disk in words."""
    path = tmp_path / "a.h5"
    with pytest.raises(OSError, match="No space left on device") as raised, Writer(path, (2,), "u1"):
        raise RuntimeError("Can't decrement id ref count (file write failed: errno = 28, error message = 'No space')")
    assert (raised.value.errno, raised.value.filename) == (errno.ENOSPC, str(path))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError) as raised, Writer(path, (2,), "u1"):
        (tmp_path / "video.mp4").read_bytes()
    assert raised.value.filename == str(tmp_path / "video.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("clips", [8, 40])  # the disk is full when the file is closed, and in a clip
def test_a_full_disk_is_told_as_such_and_kills_no_program(tmp_path, clips):
    disk = ["mount", "-t", "tmpfs", "-o", "size=256k", "ferstudy-test", str(tmp_path)]
    if subprocess.run(disk, capture_output=True).returncode:
        pytest.skip("needs the right to mount a disk")
    code = (
        "import sys, numpy as np; from ferstudy.command import run; from ferstudy.store.write import Writer\n"
        "def main():\n"
        f"    with Writer('{tmp_path}/a.h5', (64, 64), 'u1') as store:\n"
        f"        for number in range({clips}):\n"
        "            store.begin(str(number))\n"
        "            rows = np.random.default_rng(number).integers(0, 255, (12, 64, 64), 'u1')\n"
        "            store.add(rows, frame=np.arange(12))\n"
        "            store.end()\n"
        "sys.exit(run(main))"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": SCRIPTS}
        )
        left = sorted(path.name for path in tmp_path.iterdir())
    finally:
        subprocess.run(["umount", tmp_path], check=True)
    assert done.returncode == 1  # no signal: HDF5 would crash at the end
    assert done.stderr.splitlines()[-1].startswith(f"-c: {tmp_path}/a.h5: No space left on device: the disk is full")
    assert left == []


def test_what_the_system_refuses_is_no_damage(tmp_path):
    """A failing disk or a permission is told as such: to delete a file would not help."""
    with pytest.raises(OSError, match="Input/output error") as raised, damage.told("faces.h5", "store", ""):
        raise OSError(
            "Can't synchronously read data (file read failed: errno = 5, error message = 'Input/output error')"
        )
    assert (raised.value.errno, raised.value.filename) == (errno.EIO, "faces.h5")
    with pytest.raises(StudyError, match=r"none\.h5: no such store; run the rule that writes it"):
        Store(tmp_path / "none.h5")
