"""Predicting films with an exported model: frames a second from end to end, and streaming against the film as a whole.

And two networks in LiteRT: answers in float16 and int8 against those in float32, in CPU seconds of one thread as well.

The model is flow_svm with the recipe and the flow of the default study. What it has learned does not count for speed,
so it has learned from noise. CPU seconds of one thread; decoding, finding the face, cutting it out, flow and the
answer are in them, writing tables and films is not. Both ways of a comparison take turns, and the best of each counts.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import exported_file
import numpy as np
import yaml
from bench_faces import timed
from completed import SCHEMA

from ferstudy.convert.sample_arrays import padded, shapes
from ferstudy.models.clip import Sample
from ferstudy.predict import camera, exported, found_face, loaded_model, stream
from ferstudy.predict.ensemble import Ensemble
from ferstudy.predict.film_answer import Windows, predict
from ferstudy.study.config import complete
from ferstudy.study.parts import some

ROOT = Path(__file__).parents[2]
RECIPE = ("detector", "tracker", "crop", "align")
REAL_TIME = 60.0  # frames a second
TRIES, WINDOW, STEP = 3, 30, 15
ANSWERS = 100  # of each sample in LiteRT


def lines(paths: list[Path]) -> list[dict]:
    """Frames a second, and the two ways of seeing the same windows of a film."""
    found_face.single_threaded()
    with TemporaryDirectory() as folder:
        ensemble = _default(Path(folder))
        some_films = paths[:6]
        spent = min(timed(lambda: [_whole(path, ensemble, 0, None) for path in some_films])[0] for _ in range(TRIES))
        frames = sum(len(_whole(path, ensemble, 0, None).boxes) for path in some_films)
        batch, streamed = [], []
        for _ in range(TRIES):
            batch.append(timed(lambda: [_whole(path, ensemble, WINDOW, STEP) for path in some_films]))
            streamed.append(timed(lambda: [_streamed(path, ensemble) for path in some_films]))
    away = max(np.abs(known.whole - so_far).max() for known, so_far in zip(batch[0][1], streamed[0][1], strict=True))
    before, ours = (min(seconds for seconds, _ in tries) for tries in (batch, streamed))
    return [
        {
            "name": "predict a 640x480 film from end to end, flow_svm of the default study",
            "baseline": REAL_TIME,
            "ours": frames / spent,
            "ratio": frames / spent / REAL_TIME,
            "unit": "frames per CPU second of one thread, against the wanted 60",
            "quality": f"{frames} frames of {len(some_films)} films",
        },
        {
            "name": "streaming against the same windows of a known film",
            "baseline": before,
            "ours": ours,
            "ratio": before / ours,
            "unit": "CPU seconds; 0.83 is the least that is wanted",
            "quality": f"answers differ by {away:.1g}",
        },
    ]


def of_devices() -> list[dict]:
    """Two networks in LiteRT, with weights as they are drawn; TensorFlow must have been started.

    cnn1d of the default study, and its two_stream in the width of the published networks (the default has a quarter).
    """
    drawn = np.random.default_rng(0)
    features = [{"features": drawn.normal(size=(30, 128))} for _ in range(20)]  # of the dense layer of its backbone
    pictures = [{name: drawn.uniform(-1, 1, (64, 64, 3)) for name in ("rgb", "flow")} for _ in range(20)]
    return [
        *_in_litert("cnn1d of the default study", "cnn1d", {}, features),
        *_in_litert("two_stream of full width", "two_stream", {"width": 1.0}, pictures),
    ]


def _in_litert(called: str, architecture: str, changed: dict, inputs: list[dict[str, np.ndarray]]) -> list[dict]:
    """float16 and int8 against float32, in turns; `changed` are settings that the default study has otherwise."""
    from ferstudy.convert import litert_form
    from ferstudy.convert.fixed import fixed

    config = complete(yaml.safe_load((ROOT / "config/config.yaml").read_text("utf-8")), SCHEMA, "config.yaml")
    entry = config["architectures"][architecture]
    family = import_module(f"ferstudy.models.{entry['family']}")
    settings = {**family.DEFAULTS, **family.NETWORK, **entry["settings"], **changed}
    samples = [
        Sample(0, len(next(iter(own.values()))), {name: values.astype("float16") for name, values in own.items()})
        for own in inputs
    ]
    batches = [family.batch([sample], settings) for sample in samples]
    rows = [padded(batch, shapes(batches)) for batch in batches]
    network = family.build(6, {key: array.shape[1:] for key, array in batches[0].items()}, **settings)
    with TemporaryDirectory() as folder:
        calls = {}
        for precision in ("float32", "float16", "int8"):
            place = Path(folder) / precision
            place.mkdir()
            litert_form.write(fixed(network, rows[0]), place, precision, rows)
            calls[precision] = litert_form.reader(place)
        work = [partial(_answers, answer, ANSWERS * rows) for answer in calls.values()]
        tries = [[timed(each)[0] for each in work] for _ in range(TRIES)]
    whole, *others = (1000 * min(own) / (ANSWERS * len(rows)) for own in zip(*tries, strict=True))
    return [
        {
            "name": f"LiteRT in {precision} against float32, {called}",
            "baseline": whole,
            "ours": ours,
            "ratio": whole / ours,
            "unit": "CPU ms an answer; 1.5 is wanted of one of them",
            "quality": f"{ANSWERS * len(rows)} answers of each, best of {TRIES}",
        }
        for precision, ours in zip(list(calls)[1:], others, strict=True)
    ]


def _answers(answer: Callable[[dict], np.ndarray], rows: list[dict]) -> None:
    for row in rows:
        answer(row)


def _default(folder: Path) -> Ensemble:
    """flow_svm with the default study's recipe."""
    config = complete(yaml.safe_load((ROOT / "config/config.yaml").read_text("utf-8")), SCHEMA, "config.yaml")
    wanted = config["architectures"]["flow_svm"]["input"]
    recipe = config["recipes"][wanted["recipe"]]
    path = exported_file.write(folder / "made/flow_svm.zip", recipe=some(recipe, *RECIPE), flow=recipe["flow"])
    (folder / "opened").mkdir()
    return Ensemble([loaded_model.load(exported.opened(path, folder / "opened"))])


def _whole(path: Path, ensemble: Ensemble, frames: int, step: int | None):
    return predict(path, ensemble, Windows(frames, step), told=lambda *_: None)


def _streamed(path: Path, ensemble: Ensemble) -> np.ndarray:
    """The answer so far at the end."""
    *_, last = stream.answers(camera.of_film(path), ensemble, WINDOW, STEP)
    return last.so_far
