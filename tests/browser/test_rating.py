"""The rating page in a real browser, from a file: it plays, takes keys and clicks, goes on where it was, and saves."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from films import film

from ferstudy.evaluation import held_votes
from ferstudy.rating.rating_page import Asked, make
from ferstudy.tables import foreign_table
from ferstudy.tables.clips import Clip

pytestmark = pytest.mark.slow

CLASSES = ["anger", "fear"]
# What a rater does, in a frame that a page beside the rating page drives; its title tells what was seen.
DRIVER = """<!doctype html><title></title>
<iframe id="frame" src="index.html" width="900" height="900"></iframe>
<script>
const frame = document.getElementById("frame"), seen = {};
const at = (id) => frame.contentDocument.getElementById(id);
const key = (name) => frame.contentWindow.dispatchEvent(new frame.contentWindow.KeyboardEvent("keydown", {key: name}));
const wait = (ms) => new Promise((go) => setTimeout(go, ms));
const loaded = () => new Promise((go) => { frame.onload = go; });
async function played() {
  for (let i = 0; i < 100 && !(at("video").readyState >= 2); i++) await wait(50);
  return [at("video").videoWidth, at("video").videoHeight, Math.round(10 * at("video").duration) / 10];
}
function enter(name) {
  at("rater").value = name;
  at("agree").click();
  at("start").click();
}
async function drive() {
  seen.closed = at("start").disabled;
  seen.text = frame.contentDocument.documentElement.outerHTML;
  enter("no, name");
  seen.refused = !at("wrong").hidden && at("rate").hidden;
  at("agree").click();
  enter("r_7");
  seen.first = at("progress").textContent;
  seen.played = await played();
  seen.broken = !at("broken").hidden;
  const before = at("video").src;
  at("replay").click();
  seen.again = at("video").src === before;
  key("2");
  seen.other = at("video").src !== before;
  at("answers").children[0].click();
  key("b");
  key("3");  // no such button
  seen.two = at("progress").textContent;
  const next = loaded();
  frame.contentWindow.location.reload();
  await next;
  enter("r_7");
  seen.resumed = at("progress").textContent;
  key("1"); key("1"); key("1"); key("1");
  seen.done = !at("done").hidden;
  frame.contentWindow.URL.createObjectURL = (blob) => { seen.blob = blob; return "#"; };
  at("save").click();
  seen.csv = await seen.blob.text();
  const again = loaded();
  frame.contentWindow.location.reload();
  await again;
  enter("somebody_else");
  seen.anew = at("progress").textContent;
  document.title = "PROBE" + JSON.stringify(seen);
}
const failed = (e) => { document.title = "PROBE" + JSON.stringify({e: `${e}`}); };
frame.onload = () => { frame.onload = null; drive().catch(failed); };
</script>
"""


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if not found:
        pytest.skip("no Chromium on PATH: the rating page was not looked at in a browser")
    return found


def loaded(command: list[str], page: str, folder: Path) -> str:
    """The page as it stands in the end. The browser's clock can stop for ever while it decodes a film: then again."""
    for attempt in range(4):
        profile = f"--user-data-dir={folder}/profile{attempt}"
        try:
            return subprocess.run(
                [*command, profile, page], capture_output=True, text=True, timeout=45, check=True
            ).stdout
        except subprocess.TimeoutExpired:
            print(f"attempt {attempt}: the browser's clock stood still")
    raise AssertionError("the browser's clock stood still in four attempts")


def test_a_rater_answers_goes_on_and_saves_what_import_votes_reads(browser, tmp_path):
    rng = np.random.default_rng(1)
    known = [Clip(f"P{i}_{label}", f"P{i}_{label}.avi", f"P{i}", label) for i in range(2) for label in CLASSES]
    for clip in known:
        film(tmp_path / clip.path, rng.integers(0, 255, (25, 49, 64, 3), dtype=np.uint8))
    assert make(known, tmp_path, tmp_path / "rating", Asked("What do you see?", CLASSES)) == (4, [])
    page = tmp_path / "rating/page"
    (page / "driver.html").write_text(DRIVER, encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
               "--autoplay-policy=no-user-gesture-required", "--virtual-time-budget=20000", "--dump-dom"]  # fmt: skip
    dom = loaded(command, (page / "driver.html").as_uri(), tmp_path)
    found = re.search(r"<title>PROBE(.*?)</title>", dom, re.S)
    assert found, "the page did not load"
    seen = json.loads(html.unescape(found[1]))
    assert "e" not in seen, seen
    for name in [*(clip.clip for clip in known), "P0", ".avi"]:
        assert name not in seen["text"]  # nothing gives a clip, a person or a label away
    assert (seen["closed"], seen["refused"], seen["again"], seen["other"], seen["done"]) == (True,) * 5
    assert (seen["played"], seen["broken"]) == ([64, 48, 1.0], False)
    assert (seen["first"], seen["two"], seen["resumed"]) == ("Clip 1 of 4", "Clip 2 of 4", "Clip 2 of 4")
    assert seen["anew"] == "Clip 1 of 4"
    (tmp_path / "votes.csv").write_text(seen["csv"], encoding="utf-8")
    key = foreign_table.read([str(tmp_path / "rating/key.csv")]).columns
    ratings, notes = held_votes.hold(
        foreign_table.read([str(tmp_path / "votes.csv")]), known, CLASSES, {}, [], dict(zip(*key.values(), strict=True))
    )
    assert (notes["used"], {one.rater for one in ratings}, len({one.clip for one in ratings})) == (4, {"r_7"}, 4)
    assert sorted(one.label for one in ratings) == ["anger", "anger", "anger", "fear"]
