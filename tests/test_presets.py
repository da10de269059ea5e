"""Each preset of a source study on a rendered tree of its layout, tiny: indexed, extracted, folded and audited."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ferstudy.config import complete
from ferstudy.study import Study
from ferstudy.synthetic.dataset import plan, render
from ferstudy.tables import clips, folds
from ferstudy.tables.rejected import read as read_rejected

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
SIX = ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]
TINY = {"clips_per_class": 1, "frames": 18, "fps": 25, "size": [144, 144], "difficulty": 1.0}


def laid_out(root: Path, layout: str, classes: list[str], people: int, **more) -> None:
    """Render a tree of `layout` at `root`."""
    settings = {**TINY, "people": people, "first_person": 0, "seed": 3, "layout": layout, **more}
    render(plan(settings, classes), root, root.with_suffix(".truth.h5"), 2)


def thesis(config: dict, study: Path) -> None:
    """Twelve people, of whom four are held out; the trimming needs clips of some length."""
    laid_out(study / "videos", "bu4dfe", SIX, 12, frames=40)
    names = [path.name[:4] for path in sorted((study / "videos").glob("*_angry_tex.avi"))]
    (study / "videos" / f"{names[-1]}_sad_tex.avi").unlink()  # this person lacks a class and is left out
    config["protocols"]["thesis"] |= {
        "test": names[:3],
        "blocks": [names[3:5], names[5:7], names[7:9], names[9:10], names[10:]],
    }
    config["protocols"]["balanced"] |= {"folds": 3, "test": 3}
    (study / "fer2013.csv").write_text("emotion,pixels,Usage\n" + "".join(
        f"{label},{' '.join(['7'] * 2304)},{usage}\n" for label in range(7) for usage in ("Training", "PublicTest")
    ))  # fmt: skip


def baum(config: dict, study: Path) -> None:
    """The same eight people in both parts."""
    for part in ("baum1a", "baum1s"):
        laid_out(study / part, part, SIX, 8, seed=len(part))
    config["protocols"]["unseen"] |= {"folds": 3, "test": 2}


def emmpathic(config: dict, study: Path) -> None:
    """No model file of the SSD detector is at hand: Haar stands in."""
    laid_out(study / "videos", "segments", ["neutral", "happiness", "sadness"], 9)
    config["recipes"]["aligned224"]["detector"] = {"name": "haar", "scale": 1.0, "choose": "central"}
    config["protocols"]["people"] |= {"folds": 2}


def convlstm(config: dict, study: Path) -> None:
    """CK+ is rendered without contempt, which no built-in face shows."""
    laid_out(study / "ckplus", "ckplus", SIX, 6)
    seven = [*SIX[:4], "neutral", *SIX[4:]]
    laid_out(study / "savee", "savee", seven, 4, clips_per_class=2)
    laid_out(study / "afew", "afew", seven, 6)
    config["datasets"]["ckplus"]["classes"].remove("contempt")
    config["protocols"]["tenfold"] |= {"folds": 3}
    config["protocols"]["official"] |= {"folds": 2}
    for recipe in config["recipes"].values():
        recipe["detector"]["scale"] = 1.0


def crema_d(config: dict, study: Path) -> None:
    """Actors of both sexes."""
    laid_out(study / "crema-d", "cremad", ["anger", "disgust", "fear", "happiness", "neutral", "sadness"], 9)
    config["protocols"]["actors"] |= {"folds": 3, "test": 2}


PRESETS: dict[str, Callable[[dict, Path], None]] = {
    "thesis_bu4dfe": thesis,
    "fusion_baum1": baum,
    "sequences_emmpathic": emmpathic,
    "convlstm_ckplus_savee_afew": convlstm,
    "open_crema_d": crema_d,
}
DATA = (
    "results/clips/",
    "results/folds/",
    "results/audit/",
    "results/faces/",
    "results/trimmed/",
    "results/flow/",
    "results/stills/fer",
)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_indexed_extracted_folded_and_audited(name, make_project, tmp_path, monkeypatch):
    project = make_project(tmp_path)
    config = yaml.safe_load((ROOT / f"config/studies/{name}.yaml").read_text())
    PRESETS[name](config, project.study)
    config |= {"shards": 1}
    config.get("stills", {}).get("people", {}).update(people=8)
    (project.study / "config/config.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.chdir(project.study)
    study = Study(complete(config, ROOT / "workflow/schemas/config.schema.yaml", "config.yaml"))
    wanted = [path for path in study.files() if path.startswith(DATA)]
    project.run("--quiet", "rules", "--", *wanted)

    for dataset, protocol in study.pairs:
        table = clips.read(f"results/clips/{dataset}.csv")
        assert {clip.label for clip in table} == set(study.classes(dataset))
        roles = folds.read(f"results/folds/{dataset}/{protocol}.csv", table, accepted=True)
        assert list(roles) == study.trainings(protocol)
        audit = json.loads(Path(f"results/audit/{dataset}/{protocol}.json").read_text())
        leaks = [found["check"] for found in audit["findings"] if found["status"] == "leak"]
        if not study.protocols[protocol]["accept_leak"]:
            assert leaks == [], audit
        elif any(clip.subject for clip in table):
            assert "subjects" in leaks
    for leaf in study.all_leaves:
        for recipe in study.recipes_on(leaf):
            found = json.loads(Path(f"results/faces/{leaf}/{recipe}.json").read_text())
            assert found["covered"] >= 0.9 * found["clips"] > 0, found["reasons"]
    if name == "thesis_bu4dfe":
        lost = read_rejected("results/clips/bu4dfe.rejected.csv")
        assert {row.reason for row in lost} == {"subject lacks a class"}
        assert len(lost) == 5
    if name == "fusion_baum1":
        assert len({clip.subject for clip in clips.read("results/clips/baum1.csv")}) == 8
    if name == "open_crema_d":
        found = clips.read("results/clips/crema_d.csv")
        assert all(clip.votes and clip.age and clip.sex for clip in found)
        assert {clip.ethnicity for clip in found} != {""}
