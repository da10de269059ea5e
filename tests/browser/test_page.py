"""The page in a real browser: it fits, its anchors resolve, and it asks for nothing."""

import json
import re
import shutil
import subprocess

import pytest
from fake_study import build

from ferstudy.report import html, view
from ferstudy.report.read import read
from ferstudy.study.grid import Study

pytestmark = pytest.mark.slow

# Written into the page's title, because --dump-dom prints the document and nothing else.
PROBE = """
<script>
addEventListener("load", () => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const box = (element) => element.getBoundingClientRect();
  const outside = (element) => !element.closest(".scroll, svg") && box(element).right > root.clientWidth + 1;
  const shown = (element) => element.offsetParent && element.closest("nav, details");
  document.title = "PROBE" + JSON.stringify({
    overflow: root.scrollWidth - root.clientWidth,
    width: root.clientWidth,
    dead: all('a[href^="#"]').map((a) => a.hash.slice(1)).filter((id) => !document.getElementById(id)),
    wide: all("main *").filter(outside).slice(0, 5).map((e) => e.tagName + "." + e.className),
    broken: all("img").filter((i) => !i.naturalWidth).length,
    pictures: document.images.length,
    fetched: performance.getEntriesByType("resource").map((e) => e.name).filter((name) => !name.startsWith("data:")),
    small: all("a, summary").filter((e) => shown(e) && box(e).height < 24).length,
  });
});
</script>
"""
FRAME = """<!doctype html><title></title>
<iframe src="page.html" width="{width}" height="800" style="border:0"></iframe>
<script>
addEventListener("load", () => setTimeout(() => {{ document.title = frames[0].document.title }}, 300));
</script>
"""


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if not found:
        pytest.skip("no Chromium on PATH: the page was not looked at in a browser")
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of the made-up study, with the probe at its end."""
    root = tmp_path_factory.mktemp("page")
    text = html.render(view.page(read(Study(build(root)["config"]), root / "results")))
    path = root / "page.html"
    path.write_text(text.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    return path


def look(browser: str, page, width: int) -> dict:
    """What the probe saw in a window of `width` px.

    The window of headless Chromium cannot be narrower than 500 px, so a narrow page is looked at in a frame.
    """
    target = page
    if width < 500:
        target = page.with_name(f"frame{width}.html")
        target.write_text(FRAME.format(width=width), encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
               f"--user-data-dir={page.parent}/profile", f"--window-size={max(width, 500)},900",
               "--virtual-time-budget=5000", "--dump-dom", target.as_uri()]  # fmt: skip
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found = re.search(r"<title>PROBE(.*?)</title>", dom, re.S)
    assert found, "the page did not load"
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


@pytest.mark.parametrize("width", [1280, 420])
def test_the_page_fits_its_anchors_resolve_and_it_asks_for_nothing(browser, page, width):
    seen = look(browser, page, width)
    assert abs(seen["width"] - width) <= 20  # less a scroll bar
    assert seen["overflow"] == 0
    assert seen["wide"] == []
    assert seen["dead"] == []
    assert (seen["broken"], seen["pictures"] > 0) == (0, True)
    assert seen["fetched"] == []
    assert seen["small"] == 0  # links and switches are at least 24 px high
