"""The page of an answer in a real browser, from a file: the film plays, the cursor follows, nothing is asked for."""

from itertools import pairwise

import numpy as np
import pytest
from chromium import Browser, executable
from films import film

import view_video
from ferstudy.predict import annotated_film, answer_files
from ferstudy.store import arrays
from ferstudy.tables.write import write_rows

pytestmark = pytest.mark.slow

AT = "[Number(scrub.value), document.querySelector('.cursor').getAttribute('x1'), "
AT += "[...document.querySelectorAll('#person-0 b')].map((b) => b.textContent)]"
SETTLED = (
    "new Promise((go) => { const wait = () => video.seeking ? setTimeout(wait, 20) : setTimeout(go, 50); wait(); })"
)
LEVEL = """(() => { const c = document.createElement("canvas"); c.width = c.height = 1;
  const x = c.getContext("2d"); x.drawImage(video, 0, 0, 1, 1); return x.getImageData(0, 0, 1, 1).data[0]; })()"""


@pytest.mark.skipif(executable() is None, reason="there is no Chromium here")
def test_an_answer_is_looked_through_by_scrubbing_and_clicks(tmp_path):
    folder = tmp_path / "my film"
    levels = np.linspace(40, 220, 20).astype(np.uint8)
    film(folder / annotated_film.NAME, [np.full((48, 64, 3), level, np.uint8) for level in levels])
    shares = [[i / 20, 1 - i / 20] for i in range(20)]
    rows = [[1, i, i / 25, 1, 1, 9, 9, 1, *(shares[i] if i else [None, None])] for i in range(20)]
    write_rows(folder / answer_files.FRAMES, [*answer_files.COLUMNS, "p:joy", "p:</script><b>"], rows)
    maps = np.stack([np.eye(16), -np.eye(16)]).astype("f4")
    arrays.write(tmp_path / "lstm.h5", {"clip": ["a", "a"], "frame": np.array([2, 15], "i4"), "maps": maps})
    view_video.main([str(folder), "--maps", str(tmp_path / "lstm.h5"), "--clip", "a"])
    with Browser(executable(), tmp_path / "profile") as browser:
        browser.open(folder / view_video.NAME)
        assert browser.value(AT) == [0, "0.5", ["–", "–"]]
        seen = []
        for frame in (15, 3, 10):
            browser.value(f"scrub.value = {frame}; scrub.dispatchEvent(new Event('input'))")
            browser.value(SETTLED)
            assert browser.value(AT) == [frame, str(frame + 0.5), [f"{share:.2f}" for share in shares[frame]]]
            seen.append((levels[frame], browser.value(LEVEL)))
        assert all(b[1] - a[1] > 15 for a, b in pairwise(sorted(seen)))  # the film shows the frame of the cursor
        assert browser.value("document.querySelector('figure:not([hidden])').dataset.frame") == "15"
        browser.click("svg.curves")  # in the middle
        browser.value(SETTLED)
        assert browser.value(AT)[0] == 10
        browser.value("seek(2)")
        assert browser.value("document.querySelector('figure:not([hidden])').dataset.frame") == "2"
        assert browser.requests() == []
        browser.resize(420)
        assert browser.value("document.documentElement.scrollWidth") <= 420
