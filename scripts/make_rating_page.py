"""Make a page on which people rate the test clips of a study in a browser: how well do humans do on these very clips?

It is for the researcher's own raters, on the researcher's own machines: it shows faces.
"""

import argparse
import random
import sys
from collections import defaultdict
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.rating.rating_page import CONSENT, Asked, make
from ferstudy.study.config import study_in
from ferstudy.study.grid import Study
from ferstudy.tables import clips
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import read_folds

OTHER = "other"


def main(argv: list[str] | None = None) -> None:
    """Write the page of one dataset, and say what to do with it."""
    args = _arguments(argv)
    study = study_in(args.directory)
    dataset = _dataset(study, args.dataset)
    chosen = drawn(tested(study, args.directory, dataset), args.per_class)
    if not args.faces_are_consented:
        _refuse_hidden(study, dataset, chosen)
    answers = [*study.classes(dataset), *[OTHER] * args.other]
    consent = args.consent.read_text(encoding="utf-8") if args.consent else CONSENT
    out = args.directory / paths.rating_page(dataset)
    number, lost = make(chosen, args.directory, out, Asked("Which expression do you see?", answers, consent, args.fps))
    for sentence in lost:
        print(f"Not shown: {sentence}")
    print(f"{number} clips. Give raters the folder {out}/page (they open index.html); keep {out}/key.csv to yourself.")
    print("When they have sent their files, write into config/config.yaml:")
    print(f"human:\n  {dataset}: {{votes: [votes_NAME.csv], key: {paths.rating_page(dataset)}/key.csv}}")


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="the study folder")
    parser.add_argument("--dataset", help="of which dataset, where the grid has several")
    parser.add_argument("--per-class", type=int, help="show so many clips of each class, drawn at random (else all)")
    parser.add_argument("--other", action="store_true", help=f'add a button "{OTHER}", which counts as wrong')
    parser.add_argument("--consent", type=Path, help="a text file that takes the place of the text of consent")
    parser.add_argument("--fps", type=float, help="frames per second of folders of images")
    parser.add_argument(
        "--faces-are-consented",
        action="store_true",
        help="the people in the clips have agreed that raters see them, whatever faces_in_report says",
    )
    return parser.parse_args(argv)


def _dataset(study: Study, wanted: str | None) -> str:
    known = list(study.config["grid"])
    if wanted is None and len(known) > 1:
        raise StudyError(f"say --dataset: the grid has {', '.join(known)}")
    if wanted and wanted not in known:
        raise StudyError(f"--dataset: the grid has no dataset named {wanted!r}; it has {', '.join(known)}")
    return wanted or known[0]


def tested(study: Study, folder: Path, dataset: str) -> list[Clip]:
    """The clips of a dataset that any of its protocols tests; raises StudyError where there is no fold table."""
    tables = [folder / paths.folds(*pair) for pair in study.pairs if pair[0] == dataset]
    there = [path for path in tables if path.is_file()]
    if not there:
        raise StudyError(f"{dataset}: no fold table exists yet; `make data DIR={folder}` makes them")
    names = {clip for path in there for roles in read_folds(path).values() for clip in roles["test"]}
    return [clip for clip in clips.read(folder / paths.clips(dataset)) if clip.clip in names and clip.path]


def drawn(known: list[Clip], per_class: int | None) -> list[Clip]:
    """The clips in random order, at most `per_class` of each class."""
    own: dict[str, list[Clip]] = defaultdict(list)
    for clip in random.sample(known, len(known)):
        own[clip.label].append(clip)
    kept = [clip for clips in own.values() for clip in clips[:per_class]]
    return random.sample(kept, len(kept))


def _refuse_hidden(study: Study, dataset: str, chosen: list[Clip]) -> None:
    """Raise StudyError where the config does not say that the faces may be shown."""
    leaves = study.leaves(dataset)
    hidden = [clip for clip in chosen if not _shown(study, _leaf(clip, leaves), clip)]
    if hidden:
        said = "; ".join(dict.fromkeys(study.datasets[leaf]["consent"] for leaf in leaves)) or "nothing"
        raise StudyError(
            f"{dataset}: faces_in_report does not allow the faces of {len(hidden)} of {len(chosen)} clips. A page "
            "for your own raters is no report: if the people in the clips have agreed that raters see them (the "
            f"config says of their consent: {said}), say --faces-are-consented"
        )


def _leaf(clip: Clip, leaves: list[str]) -> str:
    return clip.clip.partition("/")[0] if len(leaves) > 1 else leaves[0]


def _shown(study: Study, leaf: str, clip: Clip) -> bool:
    allowed = study.datasets[leaf]["faces_in_report"]
    subject = clip.subject.removeprefix(f"{leaf}/")
    return leaf in study.rendered or allowed == "all" or (isinstance(allowed, list) and subject in allowed)


if __name__ == "__main__":
    sys.exit(run(main))
