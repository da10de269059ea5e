"""What the models looked at: maps over the faces of some test clips, and whether they are of the model at all."""

from ferstudy.explain.explained import Explanation, FaceMaps
from ferstudy.explain.sanity import CHECKED, SAME
from ferstudy.report.blocks import Article, Details, PageTable, Section, Side, TableCell, TableRow, Text, columns, some
from ferstudy.report.explanations import (
    MOST_STRIPS,
    SeenClip,
    explained_models,
    face_picture,
    fails,
    picture,
    shows_faces,
    surest,
)
from ferstudy.report.model_figures import FeatureStrip, MapStrip
from ferstudy.report.numbers import DASH, listed, signed, uar
from ferstudy.report.ranking import Panel, panels
from ferstudy.report.records import Results
from ferstudy.report.strips import small_picture

MOST_MODELS = 8  # of a panel that have strips here; all stand in its table
INTRO = (
    "Bright places speak for the answer that the model gave. A map says where a model found what it used, and not "
    "that what it used is an expression; it is no proof of how the model decides."
)
HOW = (
    "Each strip is a test clip of the first fold that has any: of each model the right and the wrong answer of "
    "which it is surest. Frames are in order of time; brightness has one scale for a clip. Grad-CAM weighs the maps "
    "of the last convolution by the gradient of the class's score (Selvaraju et al. 2017). Occlusion hides a patch "
    "of a quarter of the face's side, at 6 by 6 places in all frames alike, and shows how much the probability of "
    "the answer falls (Zeiler and Fergus 2014); of a clip described by a backbone 6 frames count. Sanity check "
    "(Adebayo et al. 2018): the same model with random weights must give another map. The number is the mean rank "
    f"correlation of the maps of up to {CHECKED} clips with those of such models, 0 for none, 1 for the same; from "
    f"{SAME} on the map fails and must not be read."
)
FACES = "Maps lie over faces that `faces_in_report` allows."
NO_FACES = "Maps stand alone: `faces_in_report` or a public page allows no pixel of a face."
FEATURES = (
    "A crop of each class, then those of the {maps} maps of `{layer}`, the last convolution of `{backbone}` that is "
    "read, which are most active on it (by their mean; one scale a face). They show what the backbone reacts to, "
    "whatever the expression."
)
METHODS = {"grad-cam": "Grad-CAM", "occlusion": "occlusion", "none": DASH}


def section(results: Results) -> Section | None:
    """An article for each dataset and protocol of which models were explained; None without any."""
    every = [(panel, models) for panel in panels(results) if (models := list(explained_models(results, panel)))]
    parts = tuple(_article(results, *one, MOST_STRIPS // len(every)) for one in every)
    return Section("looked", "What the models looked at", (Text(INTRO), *parts)) if parts else None


def _article(results: Results, panel: Panel, models: list[tuple[str, Explanation]], room: int) -> Article:
    strips, shown = [], 0
    for name, found in models[:MOST_MODELS]:
        own = _strips(results, panel, name, found)
        room -= sum(len(strip.picture) for strip in own)
        if room < 0:
            break
        strips, shown = [*strips, *own], shown + 1
    more = f" The best {shown} of {len(models)} models have strips here." if shown < len(models) else ""
    note = Text(f"{FACES if shows_faces(results, panel) else NO_FACES}{more}", "note")
    faces = _feature_maps(results, panel, models, room)
    blocks = some(strips and Side("strips", tuple(strips)), note, _table(panel, models), *faces)
    return Article(f"looked-{panel.id}", panel.title, blocks, dataset=panel.protocol.dataset)


def _feature_maps(results: Results, panel: Panel, models: list[tuple[str, Explanation]], room: int) -> list[Details]:
    """Of each backbone and layer that a model reads, once, what it makes of an example face of each class."""
    shown: dict[tuple, Details] = {}
    for name, found in models:
        told = results.study.architectures[name]["input"]
        key = told.get("backbone"), told.get("recipe"), told.get("layer")
        if not found.faces or key in shown:
            continue
        strips = [_feature_strip(results, panel, name, key[0], one) for one in found.faces]
        strips = [strip for strip in strips if strip]
        room -= sum(len(strip.picture) for strip in strips)
        if strips and room >= 0:
            told = found.facts["faces"]
            text = FEATURES.format(backbone=key[0], layer=told["layer"], maps=told["maps"])
            summary = f"What `{key[0]}` makes of a face"
            shown[key] = Details(summary, (Text(text, "note"), Side("strips", tuple(strips))))
    return list(shown.values())


def _feature_strip(results: Results, panel: Panel, model: str, backbone: str, one: FaceMaps) -> FeatureStrip | None:
    pixels = face_picture(results, panel, model, one)
    if pixels is None:
        return None
    height, width, _ = pixels.shape
    return FeatureStrip(backbone, results.named(one.clip), one.truth, small_picture(pixels, height), width, height)


def _strips(results: Results, panel: Panel, model: str, found: Explanation) -> list[MapStrip]:
    """Of the clips with maps the surest right one and the surest wrong one."""
    clips = [clip for clip in surest(found) if len(clip.read.frames)]
    first = [next((clip for clip in clips if clip.right == right), None) for right in (True, False)]
    return [_strip(results, panel, model, found, clip) for clip in first if clip]


def _strip(results: Results, panel: Panel, model: str, found: Explanation, clip: SeenClip) -> MapStrip:
    pixels = picture(results, panel, model, clip)
    said = clip.read.truth if clip.right else f"{clip.read.truth}, answered {clip.read.answer}"
    text = f"{said} ({uar(clip.read.probability(found.classes), 2)})"
    if fails(found):
        text += "; this map fails the sanity check"
    height, width, _ = pixels.shape
    return MapStrip(model, results.named(clip.name), text, small_picture(pixels, height), width, height)


def _table(panel: Panel, models: list[tuple[str, Explanation]]) -> PageTable:
    return PageTable(
        id=f"looked-table-{panel.id}",
        caption=f"Maps and their sanity check, {panel.title}",
        columns=columns("Model", "Map", "Of", "#Clips", "#Same as random weights", "Sanity check"),
        rows=tuple(_row(*one) for one in models),
        how=HOW,
        compact=True,
    )


def _row(model: str, found: Explanation) -> TableRow:
    check = found.facts["check"]["correlation"]
    mapped = sum(bool(len(clip.frames)) for clip in found.clips.values())
    verdict = TableCell(DASH) if check is None else TableCell("passes", tone="good")
    if fails(found):
        verdict = TableCell("fails: random weights give nearly this map", tone="bad")
    return TableRow(
        (
            TableCell(f"`{model}`"),
            TableCell(METHODS[found.facts["method"]]),
            TableCell(_seen(found.facts)),
            TableCell(str(mapped)),
            TableCell(signed(check, 2)),
            verdict,
        )
    )


def _seen(facts: dict) -> str:
    """What the maps are of, or why there are none."""
    if facts["method"] == "none":
        return f"no map: {facts['why']}"
    if facts["method"] == "occlusion":
        return {"crops": "a grey patch on the crops", "flow": "a patch without movement on the flow"}[facts["of"]]
    named = listed([f"`{name}`" for name in facts["layers"]])
    return f"{named} of the backbone" if facts["backbone"] else named
