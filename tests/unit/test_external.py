"""Digests of files that are not ours, and of what lies in a folder."""

import hashlib
import os

from ferstudy.provenance import external
from ferstudy.provenance.external import digest_of, listing


def test_a_digest_is_that_of_the_content_and_is_remembered_of_large_files(tmp_path, monkeypatch):
    file, memory = tmp_path / "weights.h5", tmp_path / "state/digests.json"
    file.write_bytes(b"one")
    assert digest_of(file, memory) == hashlib.sha256(b"one").hexdigest()
    assert not memory.exists()
    monkeypatch.setattr(external, "LARGE", 3)
    external._digest_of.cache_clear()  # as in another process
    digest = digest_of(file, memory)
    memory.write_text(memory.read_text().replace(digest, "remembered"))
    external._digest_of.cache_clear()
    assert digest_of(file, memory) == "remembered"
    file.write_bytes(b"two")
    assert digest_of(file, memory) == hashlib.sha256(b"two").hexdigest()


def test_an_older_replacement_is_noticed(tmp_path):
    file = tmp_path / "weights.h5"
    file.write_bytes(b"new")
    first = digest_of(file, tmp_path / "digests.json")
    older = tmp_path / "older"
    older.write_bytes(b"old")
    os.utime(older, (1, 1))
    older.replace(file)
    assert digest_of(file, tmp_path / "digests.json") != first


def test_a_damaged_memory_and_a_missing_file_cost_nothing(tmp_path):
    (tmp_path / "digests.json").write_text("{broken")
    (tmp_path / "a").write_bytes(b"a")
    assert digest_of(tmp_path / "a", tmp_path / "digests.json") == hashlib.sha256(b"a").hexdigest()
    assert digest_of(tmp_path / "gone", tmp_path / "digests.json") == ""


def test_a_listing_sees_new_changed_and_linked_files_and_survives_circles(tmp_path):
    root, elsewhere = tmp_path / "videos", tmp_path / "disk"
    root.mkdir()
    elsewhere.mkdir()
    (root / "a.avi").write_bytes(b"a")
    (root / "disk").symlink_to(elsewhere)
    (root / "itself").symlink_to(root)
    (root / "nowhere").symlink_to(tmp_path / "gone")
    seen = [listing(root)]
    (elsewhere / "b.avi").write_bytes(b"b")
    seen.append(listing(root))
    os.utime(elsewhere / "b.avi", (5, 5))
    seen.append(listing(root))
    assert len(set(seen)) == 3
    assert listing(root) == seen[-1]


def test_the_results_of_a_study_within_its_videos_do_not_count(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.mp4").write_bytes(b"a")
    before = listing(".")
    for name in ("results/clips/own.csv", ".snakemake/log/1.log"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("of the study")
    assert listing(".") == before
    (tmp_path / "b.mp4").write_bytes(b"b")
    assert listing(".") != before
