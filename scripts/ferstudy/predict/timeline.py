"""A picture of an answer over time: the probability of each class, and where there was no face."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ferstudy.predict.colours import of_classes
from ferstudy.predict.film_answer import FilmAnswer
from ferstudy.whole_files import replacing

NAME = "timeline.png"
GREY = "#d9d9d9"


def name_of(person: int, several: bool) -> str:
    """What the picture of a person is called."""
    return f"timeline-{person}.png" if several else NAME


def draw(path: Path, answer: FilmAnswer) -> None:
    """Write the picture, PNG, whole or not at all."""
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in letters that the font lacks is drawn as boxes
        figure(answer).savefig(temporary, format="png", metadata={"Software": None})


def figure(answer: FilmAnswer) -> Figure:
    """The lines of the classes above, and below a band of the likeliest class of each frame."""
    seconds = answer.times is not None
    at = answer.times if seconds else np.arange(len(answer.boxes), dtype=float)
    step = float(np.median(np.diff(at))) if len(at) > 1 else 1.0
    made = Figure(figsize=(9, 4), dpi=120, layout="constrained")
    FigureCanvasAgg(made)
    above, below = made.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [7, 1]})
    for first, last in spans(np.isnan(answer.probabilities).any(1)):
        for axes in (above, below):
            axes.axvspan(at[first], at[last] + step, color=GREY, linewidth=0)
    best = np.where(np.isnan(answer.probabilities).any(1), -1, np.nan_to_num(answer.probabilities).argmax(1))
    for i, (label, colour) in enumerate(of_classes(answer.classes).items()):
        edges, values = np.append(at, at[-1] + step), np.append(answer.probabilities[:, i], np.nan)
        above.step(edges, values, where="post", color=colour, linewidth=1.8, label=label)
        for first, last in spans(best == i):
            below.axvspan(at[first], at[last] + step, color=colour, linewidth=0)
    above.axhline(1 / len(answer.classes), color="#888888", linewidth=0.8, linestyle=":")
    above.set(ylim=(-0.02, 1.02), ylabel="probability", xlim=(at[0], at[-1] + step))
    below.set(yticks=[], xlabel="time in s" if seconds else "frame")
    below.set_ylabel("likeliest", rotation=0, ha="right", va="center")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    legend = above.legend(
        loc="upper left", bbox_to_anchor=(1, 1), frameon=False, title="dotted: guessing\ngrey: no answer"
    )
    said = f"{answer.label} {answer.whole.max():.2f}" if answer.whole is not None else f"no answer: {answer.why}"
    who = f", person {answer.person}" if answer.person > 1 else ""
    title = above.set_title(f"{answer.path.name}{who}: {said}"[:110], fontsize=11, loc="left")
    for text in (title, *legend.get_texts()):
        text.set_parse_math(False)  # a name may hold a dollar
    return made


def spans(mask: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and last position of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    yield from ((int(first), int(end) - 1) for first, end in edges.reshape(-1, 2))
