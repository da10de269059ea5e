"""Predict expressions in films with exported models: probabilities of every frame, an answer, a film and a picture.

For each film a folder below --out: frames.csv (a row per frame), answer.json (the answer to the whole), annotated.mp4
and timeline.png; beside them answers.csv with a row per film. With --people all of each person in view. Of a camera,
and with --stream, a line and a row of a table after every window.
A model is a file of results/exports of a study (`exports: true` in its config). It sees a film as the study sees a
clip: by the same functions.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.predict import (
    annotated_film,
    answer_files,
    camera,
    exported,
    exported_fusion,
    films,
    found_face,
    loaded_model,
    stream,
    stream_table,
    timeline,
)
from ferstudy.predict.ensemble import FUSIONS, Ensemble
from ferstudy.predict.film_answer import FilmAnswer, Windows, predict
from ferstudy.predict.people import predict_people
from ferstudy.video.captured_stderr import CapturedStderr
from ferstudy.video.unusable import Unusable

QUIET = 30.0  # s


def main(argv: list[str] | None = None) -> None:
    """Predict and write."""
    given = _arguments(argv)
    out = Path(given.out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudyError(f"--out {out}: there is something in it already; name a new folder, so that nothing is mixed")
    if bool(given.films) == (given.camera is not None):
        raise StudyError("name either films or --camera; --help tells more")
    if given.people == "all" and (given.stream or given.camera is not None):
        raise StudyError("--people all: a stream has the main face alone; film first, then predict the file")
    if given.window == 0 and given.stream:
        raise StudyError("--window 0: the whole film as one clip is not a stream; leave out --stream, or name frames")
    found = films.films(given.films)
    found_face.single_threaded()
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in given.model]
        ensemble = loaded(given, folders)
        if given.stream or given.camera is not None:
            stream.check(ensemble, "--stream" if given.camera is None else "--camera")
        if given.camera is not None:
            watch(ensemble, given, out)
            return
        lost = (stream_all if given.stream else predict_all)(found, ensemble, given, out)
    print(f"{len(found) - len(lost)} of {len(found)} films have an answer: {out / answer_files.SUMMARY}")
    if lost:
        raise StudyError(f"no answer to {len(lost)} of {len(found)} films; the column `why` of the table says why")


def loaded(given: argparse.Namespace, folders: list[Path]) -> Ensemble:
    """The models that were named, or those of a fusion, opened in `folders` and loaded."""
    paths, joined = [Path(path) for path in given.model], None
    if any(map(exported_fusion.is_fusion, paths)):
        if len(paths) > 1 or given.fusion:
            raise StudyError("--model: an exported fusion joins its own members; name it alone, without --fusion")
        models, joined = exported_fusion.opened(paths[0], folders[0])
        print(f"{joined.name}, a fusion of {len(models)}: {joined.evaluated}")
    else:
        models = [exported.opened(path, folder) for path, folder in zip(paths, folders, strict=True)]
        for model in models:
            print(f"{model.name}: {model.told['evaluated']}")
    with CapturedStderr():  # TensorFlow greets with lines that concern nobody
        ready = list(map(loaded_model.load, models))
    return Ensemble(ready, given.fusion or "mean", given.calibrated, joined)


def predict_all(found: dict[str, Path], ensemble: Ensemble, given: argparse.Namespace, out: Path) -> list[str]:
    """Predict each film and write its files; returns the names of those that have no answer."""
    rows, lost = [], []
    for number, (name, path) in enumerate(found.items(), 1):
        place = f"[{number}/{len(found)}] {name}"
        try:
            asked = (path, ensemble, Windows(given.window, given.step), given.fps, _progress(place))
            answers = predict_people(*asked) if given.people == "all" else [predict(*asked)]
            rows += map(answer_files.summary_row, answers)
            write(out / name, answers, ensemble, given.no_film)
            told = "; ".join(said(answer, len(answers) > 1) for answer in answers)
            told = "; ".join([told, *answers[0].notes])
            lost += [] if any(answer.label for answer in answers) else [name]
        except Unusable as error:
            told = f"no answer: {error}"
            rows.append(answer_files.unusable_row(path, str(error), len(ensemble.classes)))
            lost.append(name)
        print(f"{place}: {told}")
        answer_files.write_summary(out / answer_files.SUMMARY, ensemble.classes, rows)
    return lost


def stream_all(found: dict[str, Path], ensemble: Ensemble, given: argparse.Namespace, out: Path) -> list[str]:
    """Answer to each film as if it came from a camera; returns the names of those that have no answer."""
    rows, lost = [], []
    for name, path in found.items():
        last, seen, answered, number = None, 0.0, 0, 0
        try:
            frames = camera.of_film(path, given.fps)
            for last in streamed(frames, ensemble, given, out / name / stream_table.NAME):
                number, seen = number + 1, seen + last.answer.seen
                answered += last.answer.whole is not None
            row = answer_files.streamed_row(path, last, ensemble.classes, seen / number, number, answered)
        except Unusable as error:
            row = answer_files.unusable_row(path, str(error), len(ensemble.classes))
            print(f"{name}: no answer: {error}")
        lost += [] if answered else [name]
        rows.append(row)
        answer_files.write_summary(out / answer_files.SUMMARY, ensemble.classes, rows)
    return lost


def watch(ensemble: Ensemble, given: argparse.Namespace, out: Path) -> None:
    """Answer to a camera until it ends, or Ctrl-C ends it."""
    source = int(given.camera) if given.camera.isdecimal() else given.camera
    path, number = out / stream_table.OF_CAMERA, 0
    try:
        for _ in streamed(camera.of_camera(source, given.seconds), ensemble, given, path):
            number += 1
    except KeyboardInterrupt:
        print("ended")
    print(f"{number} windows have been looked at: {path}")


def streamed(frames: Iterator, ensemble: Ensemble, given: argparse.Namespace, path: Path) -> Iterator[stream.Window]:
    """The windows of a stream, each printed and written when it is answered."""
    size = given.window or ensemble.usual or stream.USUAL
    windows = stream.answers(frames, ensemble, size, given.step or size)
    first = next(windows, None)  # what cannot be read leaves no table
    if first is None:
        return
    with stream_table.growing(path, ensemble.classes) as write_row:
        for window in chain([first], windows):
            print(stream_table.told(window, ensemble.classes), flush=True)
            write_row(window)
            yield window


def said(answer: FilmAnswer, several: bool) -> str:
    """The answer to a film, or to one person in it, in a line."""
    who = f"person {answer.person}: " if several else ""
    what = f"{answer.label} {answer.whole.max():.2f}" if answer.label else f"no answer: {answer.why}"
    return f"{who}{what} (face in {answer.seen:.0%} of {len(answer.boxes)} frames)"


def write(folder: Path, answers: list[FilmAnswer], ensemble: Ensemble, no_film: bool) -> None:
    """The files of one film; those that show frames only where there is an answer."""
    answer_files.write_answer(folder / answer_files.ANSWER, answers, ensemble)
    if not any(answer.label for answer in answers):
        return
    answer_files.write_frames(folder / answer_files.FRAMES, answers)
    for answer in answers:
        timeline.draw(folder / timeline.name_of(answer.person, len(answers) > 1), answer)
    if not no_film:
        annotated_film.write(folder / annotated_film.NAME, answers)


def _progress(place: str) -> Callable[[int, int], None]:
    """Says how far a film is: in a terminal always, elsewhere now and then."""
    last = time.monotonic()

    def told(done: int, of: int) -> None:
        nonlocal last
        if of > 1 and sys.stderr.isatty():
            print(f"\r{place}: clip {done} of {of}", end="\n" if done == of else "", file=sys.stderr)
        elif time.monotonic() - last > QUIET:
            last = time.monotonic()
            print(f"{place}: clip {done} of {of}", file=sys.stderr, flush=True)

    return told


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="*", metavar="VIDEO", help="films, folders of films or of images, .txt lists")
    parser.add_argument("--model", action="append", required=True, help="an exported model; several answer together")
    parser.add_argument("--out", required=True, help="a new folder for the answers")
    parser.add_argument("--fusion", choices=FUSIONS, help="how several models are joined (mean)")
    parser.add_argument("--people", choices=("main", "all"), default="main", help="of several people (main)")
    window = "frames of a stretch that is a clip of its own, 0: all. Left out: all, but of a film longer than every "
    window += "clip of the study as many as a usual clip has"
    parser.add_argument("--window", type=_frames(0), help=window)
    parser.add_argument("--step", type=_frames(1), help="frames from one stretch to the next; a stretch if left out")
    parser.add_argument(
        "--fps", type=_above_zero, help="frames in a second, where the file does not say (folders of images)"
    )
    parser.add_argument("--stream", action="store_true", help="films frame by frame: an answer after every stretch")
    parser.add_argument("--camera", metavar="N", help="instead of films: the camera of this number, until Ctrl-C")
    parser.add_argument("--seconds", type=_above_zero, help="how long the camera is watched")
    parser.add_argument(
        "--calibrated", action="store_true", help="at the temperature that the study fitted for the model"
    )
    parser.add_argument("--no-film", action="store_true", help="leave out the annotated film")
    return parser.parse_args(argv)


def _above_zero(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number above 0")
    return value


def _frames(least: int):
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number of at least {least}")
        return int(text)

    return number


if __name__ == "__main__":
    sys.exit(run(main))
