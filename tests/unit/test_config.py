"""A wrong config is refused with the file, the key and what was expected."""

import copy
from pathlib import Path

import pytest
import yaml
from snakemake.exceptions import WorkflowError, format_exception_to_string

import describe_config
from ferstudy.errors import StudyError
from ferstudy.study import yaml_file
from ferstudy.study.check import check
from ferstudy.study.config import complete
from ferstudy.study.grid import Study
from ferstudy.study.modules import defaults, families, family
from ferstudy.study.refusal import StudyRefused
from ferstudy.study.written_numbers import as_declared, flaws
from ferstudy.video import flow, trackers
from ferstudy.video.crop import COLOURS
from ferstudy.video.detectors import build
from ferstudy.video.who import CHOICES

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
# The default config, on folds with a fixed test set, which have more to refuse than those that it ships with.
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text()) | {
    "protocols": {"kfold3": {"kind": "kfold", "folds": 3, "test": 8, "balance": ["label", "sex", "age"], "seed": 1}},
    "grid": {"builtin": ["kfold3"]},
}


def study_of(config: dict) -> Study:
    """The study of a config, checked as the workflow checks it."""
    whole = complete(config, SCHEMA, "config/config.yaml")
    check(whole, "config/config.yaml")
    return Study(whole)


REMOVED = object()


def changed(path: str, value) -> dict:
    """The default config with the key at `path` set, or removed."""
    config = copy.deepcopy(DEFAULT)
    *above, last = path.split("/")
    entry = config
    for key in above:
        entry = entry.setdefault(key, {})
    if value is REMOVED:
        del entry[last]
    else:
        entry[last] = value
    return config


REFUSALS = {
    "unknown key": (("architectures/lstm/famly", "cascade"), "architectures/lstm/famly: unknown key; did you mean 'family'?"),
    "unknown section": (("architecture", {}), "architecture: unknown key; did you mean 'architectures'?"),
    "missing key": (("architectures/lstm/family", REMOVED), "architectures/lstm/family: missing. A module of"),
    "name with a space": (("architectures/my net", {"family": "c3d", "input": {"kind": "faces", "recipe": "crop64"}}), "'my net' is no name"),
    "wrong type": (("shards", "two"), "shards: found 'two'; expected integer"),
    "too few": (("protocols/kfold3/folds", 1), "protocols/kfold3/folds: found 1, expected 2 or more"),
    "one reason for all leaks": (("protocols/kfold3", {"kind": "as_published", "folds": 3, "accept_leak": "as they did"}), "kfold3/accept_leak: found one reason for all, 'as they did'; expected one for each check, as {selection: 'as they did'}"),
    "a reason for no check": (("protocols/kfold3/accept_leak", {"sex": "as they did"}), "kfold3/accept_leak/sex: no check that may leak; there are subjects, groups"),
    "an empty reason": (("protocols/kfold3/accept_leak", {"files": " "}), "kfold3/accept_leak/files: found no reason"),
    "a leaking protocol": (("protocols/kfold3", {"kind": "as_published", "folds": 3, "by": "clip", "accept_leak": {"selection": "x"}}), "accept_leak/subjects: missing; clips are drawn"),
    "unknown method": (("fusions/average/method", "mode"), "found 'mode'; expected one of average, weighted, subset"),
    "a pattern of too few": (("fusions/average/members", {"of": ["lstm", "cnn1d"], "k": 3}), "fusions/average/members: 3 of 2 members cannot be combined"),
    "unknown architecture in a pattern": (("fusions/average/members", {"of": ["lstm", "resnet"], "k": 2}), "fusions/average/members: no architecture named 'resnet'"),
    "unknown architecture in a fusion": (("fusions/average/members", ["lstm", "resnet"]), "fusions/average/members: no architecture named 'resnet'"),
    "fusion of fusions": (("fusions/weighted/members", ["average", "lstm"]), "'average' is a fusion; fusions join other models only"),
    "one name for two models": (("fusions/lstm", {"members": ["lstm", "cnn1d"], "method": "average"}), "models share one namespace"),
    "unknown family": (("architectures/lstm/family", "transformer"), "architectures/lstm/family: no family named 'transformer'"),
    "unknown setting": (("architectures/lstm/settings/unitz", 64), "architectures/lstm/settings/unitz: no setting of cascade; it has"),
    "a number in quotes": (("shards", "4"), "shards: found '4'; expected integer. In quotes it is a text; write the number without them. "),
    "a number in quotes in a setting": (("architectures/lstm/settings/dropout", "3e-1"), "architectures/lstm/settings/dropout: found the text '3e-1', expected a number. In quotes it is a text; write the number without them"),
    "a number in quotes in a list of a setting": (("architectures/cnn1d/settings/filters", [64, "128"]), "architectures/cnn1d/settings/filters: found the text '128', expected a whole number. In quotes"),
    "a number in quotes in a backbone's setting": (("backbones/compact/settings/size", "64"), "backbones/compact/settings/size: found the text '64', expected a whole number"),
    "yes for a word": (("report/title", True), "report/title: found True; expected string. YAML reads yes, no, on and off as true and false; write a word in quotes, as 'yes'"),
    "a number for a text": (("report/title", 7), "report/title: found 7; expected string. Write it in quotes to have it as a text"),
    "a word for a number": (("architectures/lstm/settings/dropout", "a"), "architectures/lstm/settings/dropout: found the text 'a', expected a number"),
    "a part of a whole": (("architectures/lstm/settings/units", 64.5), "architectures/lstm/settings/units: found 64.5, expected a whole number"),
    "a number for a word": (("architectures/lstm/settings/cell", 3), "architectures/lstm/settings/cell: found 3, expected a word"),
    "a number for a list": (("architectures/cnn1d/settings/filters", 64), "architectures/cnn1d/settings/filters: found 64, expected a list"),
    "a number for yes or no": (("architectures/lstm/settings/standardise", 1), "architectures/lstm/settings/standardise: found 1, expected true or false"),
    "yes for a number": (("architectures/lstm/settings/units", True), "architectures/lstm/settings/units: found True, expected a whole number"),
    "nothing for a number": (("architectures/lstm/settings/units", None), "architectures/lstm/settings/units: found None, expected a whole number"),
    "unknown training key": (("architectures/lstm/training/epoch", 3), "architectures/lstm/training/epoch: unknown key; did you mean 'epochs'?"),
    "unknown recipe": (("architectures/lstm/input/recipe", "crop"), "input/recipe: no recipe named 'crop'; there is crop64"),
    "unknown backbone": (("architectures/lstm/input/backbone", "vgg"), "input/backbone: no backbone named 'vgg'"),
    "input that a family does not take": (("architectures/two_stream/input/kind", "flow"), "the family two_stream takes faces+flow or faces, found 'flow'"),
    "features without a layer": (("architectures/lstm/input/layer", REMOVED), "architectures/lstm/input/layer: missing"),
    "flow without flow settings": (("recipes/crop64/flow", REMOVED), "recipes/crop64/flow: missing"),
    "unknown detector": (("recipes/crop64/detector/name", "mtcnn"), "expected one of haar, hog, ssd, yunet"),
    "unknown key of a detector": (("recipes/crop64/detector/evry", 5), "recipes/crop64/detector/evry: unknown key; did you mean 'every'?"),
    "unknown second opinion": (("recipes/crop64/detector/confirm", "twice"), "found 'twice'; expected one of none, eyes, dlib"),
    "unknown choice of a face": (("recipes/crop64/detector/choose", "nearest"), "found 'nearest'; expected one of steady, largest, central"),
    "unknown tracker": (("recipes/crop64/tracker/name", "kfc"), "found 'kfc'; expected one of medianflow, kcf, csrt"),
    "unknown section of a recipe": (("recipes/crop64/aligner", {}), "recipes/crop64/aligner: unknown key; did you mean 'align'?"),
    "unknown alignment": (("recipes/crop64/align/to", "nose"), "found 'nose'; expected one of eyes"),
    "small crops": (("recipes/crop64/crop/size", 8), "recipes/crop64/crop/size: found 8; expected at least 16"),
    "unknown colour": (("recipes/crop64/crop/colour", "gray"), "found 'gray'; expected one of rgb, grey"),
    "gamma that changes no clip": (("recipes/crop64/crop/gamma", 1.5), "recipes/crop64/crop/dark: missing; a gamma changes only clips"),
    "gamma of nothing": (("recipes/crop64/crop/gamma", 0), "recipes/crop64/crop/gamma: found 0; expected more than 0"),
    "unknown curve of trimming": (("recipes/crop64/trim/curve", "dlib"), "found 'dlib'; expected one of flow, openface"),
    "unknown key of trimming": (("recipes/crop64/trim/treshold", 0.4), "recipes/crop64/trim/treshold: unknown key; did you mean 'threshold'?"),
    "threshold in per cent": (("recipes/crop64/trim/threshold", 50), "recipes/crop64/trim/threshold: found 50; "),
    "less than no frame": (("recipes/crop64/trim/end", -1), "recipes/crop64/trim/end: found -1; expected at least 0"),
    "unknown method of flow": (("recipes/crop64/flow/method", "lk"), "found 'lk'; expected one of farneback, dis, tvl1"),
    "unknown flow of a segment": (("recipes/crop64/flow/keep", "last"), "found 'last'; expected one of sum, first"),
    "segment of one frame": (("recipes/crop64/flow/segment", 1), "recipes/crop64/flow/segment: found 1; expected at least 2"),
    "unknown key of flow": (("recipes/crop64/flow/stride", 2), "recipes/crop64/flow/stride: unknown key; "),
    "unknown protocol": (("grid/builtin", ["loso"]), "grid/builtin: no protocol named 'loso'"),
    "unknown dataset": (("grid/ckplus", ["kfold3"]), "grid/ckplus: no dataset named 'ckplus'"),
    "unknown adapter": (("datasets/builtin/adapter", "disk"), "datasets/builtin/adapter: no adapter named 'disk'"),
    "root and render": (("datasets/builtin/root", "."), "datasets/builtin: give either root"),
    "missing root": (("datasets/mine", {"adapter": "manifest", "root": "no/such", "classes": ["a", "b"]}), "datasets/mine/root: there is no folder 'no/such'"),
    "unknown leaf of a union": (("datasets/all", {"union": ["builtin", "saveee"]}), "datasets/all/union: no dataset with videos named 'saveee'"),
    "unknown stills": (("backbones/compact/stills", "fer2013"), "backbones/compact/stills: no set of stills named 'fer2013'"),
    "unknown class in a contrast": (("evaluation/contrasts", {"x": ["anger", "joy"]}), "evaluation/contrasts/x: no class of builtin named 'joy'"),
    "margin of nothing": (("evaluation/margin", 0), "evaluation/margin: found 0"),
    "skip without a model": (("skip", [{"dataset": "builtin", "because": "why"}]), "skip/0: name either an architecture or a fusion"),
    "skip of an unknown model": (("skip", [{"dataset": "builtin", "architecture": "vgg", "because": "why"}]), "skip/0/architecture: no architecture named 'vgg'"),
    "predictions that are not there": (("external/sound/predictions", "sound.csv"), "external/sound/predictions: there is no file 'sound.csv'"),
    "predictions of an unknown protocol": (("external/sound", {"predictions": "s.csv", "protocol": "loso"}), "external/sound/protocol: the grid has no 'loso' of builtin; it has kfold3"),
    "predictions of an unknown dataset": (("external/sound/predictions", {"ckplus": {"kfold3": "s.csv"}}), "external/sound/dataset: the grid has no dataset named 'ckplus'; it has builtin"),
    "two places of one table": (("external/sound", {"predictions": {"builtin": {"kfold3": "s.csv"}}, "dataset": "builtin"}), "external/sound: predictions say the dataset and protocol of each file"),
    "predictions called as a network": (("external/lstm/predictions", "s.csv"), "external/lstm: an architecture or a fusion has the same name; rename one"),
    "unknown control": (("controls", ["oracel"]), "controls/0: found 'oracel'; expected one of oracle, permuted"),
}  # fmt: skip


def test_predictions_without_a_place_are_those_of_the_only_one_in_the_grid(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("s.csv").touch()
    config = changed("external/oracle/predictions", ["s.csv"])
    assert study_of(config).external == {"oracle": {("builtin", "kfold3"): ["s.csv"]}}
    with pytest.raises(StudyError, match="external/oracle: a control has the same name; rename it"):
        study_of({**config, "controls": ["oracle"]})
    two = {**config, "protocols": {**config["protocols"], "other": {"kind": "loso", "folds": 24}}}
    with pytest.raises(StudyError, match="external/oracle/protocol: missing; the grid has several: kfold3, other"):
        study_of({**two, "grid": {"builtin": ["kfold3", "other"]}})


@pytest.mark.parametrize(("change", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_a_wrong_config_is_refused_with_a_sentence(change, sentence):
    with pytest.raises(StudyError) as refusal:
        study_of(changed(*change))
    assert str(refusal.value).startswith("config/config.yaml:\n")
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [("lstm/settings/units", 64.0), ("lstm/settings/dropout", 0), ("cnn1d/settings/filters", [64.0, 8]),
     ("two_stream/settings/segments", 3), ("two_stream/settings/segments", None)],
)  # fmt: skip
def test_a_setting_of_its_type_is_taken(key, value):
    assert study_of(changed(f"architectures/{key}", value)).cells


def test_every_default_is_of_its_own_type():
    for module in [*families(), "compact", "fer_cnn", "vgg16"]:
        for value in defaults(module).values():
            assert list(flaws(value, value)) == []


def read(text: str, folder: Path) -> dict:
    path = folder / "config.yaml"
    path.write_bytes(text.encode())
    return yaml_file.read(path)


@pytest.mark.parametrize(
    ("written", "number"),
    [("1e-4", 1e-4), ("1E5", 1e5), ("1.e3", 1e3), ("-2e+2", -200.0), (".5e1", 5.0), ("1.0e-4", 1e-4), ("0.1", 0.1)],
)
def test_a_number_is_read_as_yaml_1_2_reads_it(written, number, tmp_path):
    found = read(f"settings: {{C: {written}, all: [{written}]}}", tmp_path)
    assert repr(found) == repr({"settings": {"C": number, "all": [number]}})


@pytest.mark.parametrize("written", ["'1e-4'", '"3"', "e4", "1e", "1e-4a", "c3d", "-e-4"])
def test_a_text_stays_a_text(written, tmp_path):
    assert isinstance(read(f"x: {written}", tmp_path)["x"], str)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: 1\nb: 2\na: 3\n", "the key 'a' stands in line 1 and again in line 3"),
        ("x:\n  b: {c: 1}\n\n  'b': 2\n", "the key 'b' stands in line 2 and again in line 4"),
        ("x: [{a: 1,\n a: 1}]\n", "the key 'a' stands in line 1 and again in line 2"),
        ("<<: {a: 1}\n<<: {b: 1}\n", "the key '<<' stands in line 1 and again in line 2"),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_both_lines(text, lines, tmp_path):
    with pytest.raises(StudyError, match=f"config.yaml: {lines}; only the last of them would count"):
        read(text, tmp_path)


def test_a_key_that_replaces_one_of_an_anchor_is_no_second_one(tmp_path):
    text = "x: {y: &a {<<: &b {k: 1, l: 2}, k: 3}}\nz: {<<: *a, k: 4}\nw: {<<: [*a, *b], l: 5}\n"
    found = read(text, tmp_path)
    assert found == {"x": {"y": {"k": 3, "l": 2}}, "z": {"k": 4, "l": 2}, "w": {"k": 3, "l": 5}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty: a study starts with"),
        ("- a\n", "expected keys and their values"),
        ("a: [1\n", "is no YAML: while parsing a flow sequence"),
        ("a:\n\t- b\n", "is no YAML: .*line 2, column 1"),
    ],
)
def test_what_is_no_config_is_said(text, sentence, tmp_path):
    with pytest.raises(StudyError, match=f"(?s)config.yaml.*{sentence}"):
        read(text, tmp_path)


def test_a_study_without_a_config_is_told_how_to_start_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match=r"there is no config/config.yaml in /.*: a study starts with `make study"):
        yaml_file.read("config/config.yaml")


def test_all_findings_are_told_at_once():
    config = changed("fusions/average/members", ["lstm", "resnet"])
    config["grid"]["builtin"] = ["loso"]
    with pytest.raises(StudyError) as refusal:
        study_of(config)
    assert "resnet" in str(refusal.value)
    assert "loso" in str(refusal.value)


@pytest.mark.parametrize(
    ("comparable", "refused"),
    [(True, False), ("yes", False), ("no: other folds", False), ("no, because of its folds", False), ("no", True),
     (False, True), ("perhaps", True)],
)  # fmt: skip
def test_a_published_number_that_cannot_be_compared_says_why(comparable, refused):
    entry = {"source": "s", "dataset": "d", "method": "m", "score": 1, "protocol": "p", "comparable": comparable}
    config = changed("report/published", [entry])
    if not refused:
        study_of(config)
        return
    with pytest.raises(StudyError, match=r"published/0/comparable: found .*yes, or the reason: no, because"):
        study_of(config)


def test_leave_one_out_without_validation_is_planned_with_fixed_epochs_and_refused_without():
    config = changed("protocols", {"each": {"kind": "loso", "folds": 24, "validation": "none"}})
    config["grid"] = {"builtin": ["each"]}
    config["searches"] = {}
    config["fusions"] = {"joined": {"method": "weighted", "members": ["lstm", "two_stream"]}}
    for entry in config["architectures"].values():
        entry.pop("searches", None)
        entry.setdefault("training", {}).pop("epochs", None)
    with pytest.raises(StudyError) as refusal:
        study_of(config)
    for line in (
        "architectures/lstm/training/epochs: missing; each (grid/builtin) has no validation clips, so the number of",
        "fusions/joined/method: each (grid/builtin) has no validation clips to weigh members by; take average",
    ):
        assert line in str(refusal.value)
    assert "feature_svm" not in str(refusal.value)
    config["fusions"]["joined"]["method"] = "average"
    for entry in config["architectures"].values():
        if family(entry["family"])["TRAINER"] == "network":
            entry["training"] = {"epochs": 4}
    planned = study_of(config)
    assert len([cell for cell in planned.cells if cell.protocol == "each"]) == len(config["architectures"]) + 1
    config["architectures"]["lstm"]["training"] = {"epochs": 4, "patience": 3, "schedule": {"kind": "plateau"}}
    with pytest.raises(StudyError, match=r"training/patience: each .* to wait for(.|\n)*training/schedule: each"):
        study_of(config)


def test_defaults_are_filled_in():
    config = complete(DEFAULT, SCHEMA, "config/config.yaml")
    assert config["training"]["runs"] == 1
    assert config["recipes"]["crop64"]["detector"]["name"] == "haar"
    assert config["architectures"]["lstm"]["needs"]["gpu"] == 0


def test_the_words_of_a_recipe_are_those_that_the_code_knows():
    sections = yaml.safe_load(SCHEMA.read_text())
    recipe = sections["properties"]["recipes"]["additionalProperties"]["properties"] | sections["$defs"]
    known = {
        "detector": {"name": build.NAMES, "choose": CHOICES, "confirm": build.OPINIONS},
        "tracker": {"name": trackers.NAMES},
        "crop": {"colour": COLOURS},
        "flow": {"method": tuple(flow.METHODS), "keep": tuple(flow.KEPT)},
    }
    told = {name: {key: tuple(recipe[name]["properties"][key]["enum"]) for key in keys} for name, keys in known.items()}
    assert told == known


@pytest.mark.parametrize("path", sorted((ROOT / "config/studies").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_preset_is_a_study(path, tmp_path, monkeypatch):
    config = yaml.safe_load(path.read_text())
    monkeypatch.chdir(tmp_path)
    for entry in config["datasets"].values():
        if "root" in entry:
            Path(entry["root"]).mkdir(parents=True)
    files = [entry["root"] for entry in config.get("stills", {}).values() if "root" in entry]
    files += [recipe["detector"][key] for recipe in config["recipes"].values() for key in ("model", "config")
              if key in recipe.get("detector", {})]  # fmt: skip
    for name in files:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    assert study_of(config).cells


def test_every_key_of_the_schema_has_a_description():
    def undescribed(schema: dict, path: str = "") -> list[str]:
        found = []
        for key, below in schema.get("properties", {}).items():
            if "$ref" not in below and not below.get("description"):
                found.append(f"{path}/{key}")
            found += undescribed(below, f"{path}/{key}")
        for key in ("additionalProperties", "items"):
            if isinstance(schema.get(key), dict):
                found += undescribed(schema[key], f"{path}/{key}")
        return found

    schema = yaml.safe_load(SCHEMA.read_text())
    assert undescribed(schema) == []
    assert [f"{name}{key}" for name, below in schema["$defs"].items() for key in undescribed(below)] == []


def test_the_reference_of_keys_is_that_of_the_schema(tmp_path):
    made = tmp_path / "README.md"
    made.write_text((ROOT / "config/README.md").read_text())
    describe_config.main(["--readme", str(made)])
    assert made.read_text() == (ROOT / "config/README.md").read_text(), "run `make reference`"
    assert "| `<name>.detector.every` | integer | `25` |" in made.read_text()


@pytest.mark.parametrize(
    ("value", "default", "expected"),
    [
        (4.0, 64, "4"), (4, 64, "4"), (4.5, 64, "4.5"), (1, 0.25, "1.0"), (1.0, 0.25, "1.0"), (1.0, None, "1.0"),
        (1, None, "1"), (True, 64, "True"), (True, 0.5, "True"), (1.0, True, "1.0"), ("all", 64, "'all'"),
        ([4.0, 8], (64, 64), "[4, 8]"), ([4.0], (), "[4.0]"), (None, 64, "None"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_its_default_is(value, default, expected):
    assert repr(as_declared(value, default)) == expected


def test_the_ends_of_a_range_are_what_they_are():
    """From 1 to 8 are whole numbers, from 1.0 to 8.0 are all between."""
    search = {"backbone": "compact", "recipe": "crop64", "method": "random", "trials": 3}
    for ends in ({"low": 1, "high": 8}, {"low": 1.0, "high": 8.0}):
        config = changed("searches", {"s": {**search, "space": {"settings.dense": ends}}})
        assert repr(study_of(config).searches["s"]["space"]["settings.dense"]) == repr(ends)


def test_what_is_wrong_is_told_once_with_its_line(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("report:\n  title: x\ndatasets:\n  a: {adapter: manifest, rooot: x}\n  b:\n    classes: [x]\n")
    with pytest.raises(StudyError) as told:
        complete(yaml_file.read(path), SCHEMA, "config.yaml")
    lines = yaml_file.located(str(told.value), path).splitlines()
    assert "  datasets/a/rooot: unknown key; did you mean 'root'? (line 4)" in lines
    missing = [line for line in lines if line.startswith("  datasets/b/adapter: missing.")]
    assert [line.endswith("(line 5)") for line in missing] == [True]
    assert sum(line.startswith("  protocols: missing.") for line in lines) == 1
    assert yaml_file.located("  a: b", tmp_path / "no.yaml") == "  a: b"


def test_an_empty_file_and_tabs_say_what_to_do(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("# nothing yet\n")
    with pytest.raises(StudyError, match="is empty: a study starts with `make study"):
        yaml_file.read(path)
    path.write_text("report:\n\ttitle: x\n")
    with pytest.raises(StudyError, match=r"line 2, column 1\. YAML is indented with blanks, never with tabs"):
        yaml_file.read(path)


def test_a_refusal_is_printed_without_lines_of_the_workflow():
    """As Snakemake does it: of any error but this it names the place in a Snakefile, by the traceback."""
    printed = {}
    for kind in (StudyRefused, WorkflowError):
        try:
            exec(compile("raise kind('config.yaml:\\n  shards: 0')", "common.smk", "exec"), {"kind": kind})
        except Exception as error:
            printed[kind] = format_exception_to_string(error, {"common.smk": {1: 31}})
    assert printed[StudyRefused] == "Error: config.yaml:\n  shards: 0"
    assert 'File "common.smk", line 31' in printed[WorkflowError]
