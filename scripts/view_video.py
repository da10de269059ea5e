"""Make one HTML file in which an answer of predict_video is looked through, beside its annotated film.

It needs no network, and no other file: the annotated film is within it. Scrubbing shows the face and moves a cursor
over the probabilities. `--maps` adds what the network looked at, where a study has stored that for the same clip.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.explain import explained
from ferstudy.predict import annotated_film, answer_files, view_page
from ferstudy.rating import shown_clip

NAME = "view.html"


def main(argv: list[str] | None = None) -> None:
    """Read the answer of a film and write its page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what predict_video has written for one film")
    parser.add_argument("--maps", type=Path, help="results/explained/<dataset>/<architecture>.h5 of the study")
    parser.add_argument("--clip", help="which clip of the study the film is, for --maps")
    given = parser.parse_args(argv)
    film = given.folder / annotated_film.NAME
    table = view_page.read(given.folder / answer_files.FRAMES)
    if not film.is_file():
        raise StudyError(f"{film}: there is no annotated film; predict again without --no-film")
    if bool(given.maps) != bool(given.clip):
        raise StudyError("--maps and --clip go together: the maps of a study, and the name of its clip")
    maps = _maps(given.maps, given.clip, len(table.times)) if given.maps else None
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(folder) / "shown.webm"
        shown_clip.write(film, None, None, shown)
        view_page.write(given.folder / NAME, given.folder.resolve().name, table, shown.read_bytes(), maps)
    print(given.folder / NAME)


def _maps(path: Path, clip: str, count: int) -> view_page.Maps:
    """The maps that a study has stored of a clip."""
    if not path.is_file():
        raise StudyError(f"--maps {path}: there is no such file; the study has to have `report: {{explain: ...}}`")
    stored = explained.read_maps(path)
    if clip not in stored:
        raise StudyError(f"--clip {clip}: {path} has no map of it; it has {', '.join(sorted(stored)[:5])}")
    frames, values = stored[clip]
    if frames.max() >= count:
        raise StudyError(f"--clip {clip}: has a map of frame {frames.max()}, and the film has {count} frames")
    return view_page.Maps(frames.tolist(), values)


if __name__ == "__main__":
    sys.exit(run(main))
