"""Look at videos and write a commented config that fits them: `make suggest DIR=...`, `make study NAME=folders ...`.

With --videos the config is for that folder: a published dataset by its names, a manifest.csv, or class folders
(happy/..., sad/...), whose people are told by the names of the files. Without, for the datasets of the study's config.
"""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.datasets import folders, index, summary
from ferstudy.datasets.find_by_name import stem
from ferstudy.errors import StudyError
from ferstudy.study import yaml_file
from ferstudy.suggest import facts, names, study
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.spellings import alike, answered, question
from ferstudy.whole_files import write_text

ROOT = Path(__file__).parents[1]
UNPUBLISHED = ("folders", "manifest", "segments")  # adapters of anybody's data
OF_PICTURES = "two_stream"  # of the default study
MERGED = "Folders that mean one class become one by labels: {Freude: happy}; a folder that is none goes out of classes."
MOST = 0.8  # share of the videos that an adapter must know
STATED = {
    "licence": "TO STATE: the licence of these videos",
    "consent": "TO STATE: what the people in them agreed to",
    "faces_in_report": "none",
    "who_is_who": True,
    "subjects_by_face": True,  # of clips whose names tell nobody
}


def main(argv: list[str] | None = None) -> None:
    """Look, write the config, say what to do next."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", required=True, type=Path, help="the study folder")
    parser.add_argument("--videos", type=Path, help="the folder of the videos; those of the study's config if left out")
    args = parser.parse_args(argv)
    config = args.directory / paths.CONFIG
    if args.videos:
        found = [of_folder(args.videos, args.directory)]
    elif config.exists():
        found = of_config(yaml_file.read(config), args.directory)
    else:
        found = [of_folder(facts.found_root(args.directory), args.directory)]
    out = args.directory / "config" / ("suggested.yaml" if config.exists() else "config.yaml")
    preset, demo = (yaml_file.read(ROOT / path) for path in ("config/studies/own_videos.yaml", "config/config.yaml"))
    of_pictures = {OF_PICTURES: demo["architectures"][OF_PICTURES]}
    text = study.suggest(found, preset, of_pictures, offered_gpus())
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, text)
    for dataset in found:
        print("\n".join(study.told(dataset)))
    print(f"\nWritten: {out}")


def of_config(config: dict, directory: Path) -> list[study.Dataset]:
    """The datasets of a config that have videos of their own."""
    own = {name: entry for name, entry in config["datasets"].items() if "root" in entry}
    if not own:
        raise StudyError("the config has no dataset with a root: say which folder by --videos")
    return [looked_at(name, entry, directory / entry["root"]) for name, entry in own.items()]


def of_folder(root: Path, directory: Path) -> study.Dataset:
    """The dataset in a folder."""
    if not root.is_dir():
        raise StudyError(f"{root}: no such folder; expected the folder of the videos")
    inside = root.resolve().is_relative_to(directory.resolve())
    written = os.path.relpath(root, directory) if inside else str(root.resolve())
    adapter, options, said = adapter_of(root)
    entry = {"adapter": adapter, "root": written, **({"options": options} if options else {}), **STATED}
    return looked_at("mine" if adapter in UNPUBLISHED else adapter, entry, root, said)


def adapter_of(root: Path) -> tuple[str, dict, tuple[str, ...]]:
    """(adapter, its options, what to say of the choice) for a folder of videos."""
    if any(file.stem.lower() == "manifest" and file.suffix in (".csv", ".xlsx", ".tsv") for file in root.iterdir()):
        return "manifest", {}, ()
    videos = list(folders.paths(root))
    if not videos:
        raise StudyError(f"{root}: no video and no folder of images lies below it")
    known = {name: _known(name, root) for name in index.known("scan") if name not in UNPUBLISHED}
    best = max(known, key=known.get)
    if known[best] >= MOST * len(videos):
        return best, {}, (f"The names are those of {best}.",)
    guessed = names.guess([stem(path) for path in videos])
    if guessed is None:
        raise StudyError(
            f"{root}: {len(videos)} videos, such as {videos[0]}, whose names are those of no published dataset; "
            "expected a folder for each class (happy/..., sad/...), or a manifest.csv with path, subject and label"
        )
    options = {"level": guessed.level} if guessed.level > 1 else {}
    if guessed.person:
        told = "People are told by the names of the files (options/person): check some of them."
        return "folders", {**options, "person": guessed.person}, (told, MERGED)
    told = (
        "No name tells who is in a clip: people are told by their faces (subjects_by_face), and that is nobody's name. "
        "If a part of the names does, say it by options: {person: ...}."
    )
    return "folders", options, (told, MERGED)


def _known(adapter: str, root: Path) -> int:
    """How many clips an adapter finds; none where the tree makes it fail."""
    try:
        return sum(isinstance(row, Clip) for row in index.load(adapter, "scan").scan(root))
    except Exception:  # whatever other people's trees do to it, it is not theirs
        return 0


def looked_at(name: str, entry: dict, root: Path, said: tuple[str, ...] = ()) -> study.Dataset:
    """A dataset with its facts; its classes are those that were found where the entry names none."""
    found, refused = index.index(
        entry["adapter"], root, entry.get("classes"), entry.get("labels", {}), dict(entry.get("options", {}))
    )
    if not found:
        why = f"{refused[0].path}: {refused[0].reason} ({refused[0].detail})" if refused else "nothing lies there"
        raise StudyError(f"{root}: no usable clip; {why}")
    if refused:
        said += (f"{len(refused)} files or rows cannot be used: {reasons(refused, root)}.",)
    said += tuple(f"{line.strip()}." for line in summary.duplicates(found))
    groups = [] if answered(entry.get("options", {}))[0] else alike(clip.subject for clip in found)
    said += (f"{question(groups)}.",) if groups else ()
    classes = entry.get("classes") or sorted({clip.label for clip in found})
    return study.Dataset(name, {**entry, "classes": classes}, facts.look(found), said)


def reasons(refused: list[Rejected], root: Path) -> str:
    """How many rows have which reason, with the first of each."""
    counts = Counter(row.reason for row in refused)
    first = {row.reason: os.path.relpath(row.path, root) for row in reversed(refused)}
    return "; ".join(f"{count} x {reason} ({first[reason]})" for reason, count in counts.most_common())


def offered_gpus() -> int:
    """The most GPUs that a job may have on the cluster of the profile."""
    partitions = yaml_file.read(ROOT / "profiles/slurm/partitions.yaml")["partitions"]
    return max((limits.get("max_gpu", 0) for limits in partitions.values()), default=0)


if __name__ == "__main__":
    sys.exit(run(main))
