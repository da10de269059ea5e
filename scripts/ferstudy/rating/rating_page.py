"""A page on which people rate clips in a browser, without a network: one folder, and the key that stays behind."""

import json
import logging
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.rating import shown_clip
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows
from ferstudy.video.unusable import Unusable
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)

TEMPLATE = Path(__file__).parent / "rating.html"
PLACE = "/* what is asked */"
ID_BYTES = 5
CONSENT = (
    "You will see short videos of faces, without sound, and say for each which expression you see. There is no right "
    "or wrong answer: choose what you see first. Your answers are kept in this browser under the name that you choose "
    "below, which should not be your own, until you save them as a file and hand that over; nothing is sent anywhere. "
    "You may pause, come back later with the same name, or stop at any time without a reason. The faces are those of "
    "people who trusted the researchers: do not copy the videos or pass them on."
)


@dataclass(frozen=True)
class Asked:
    """What a rating page asks: `answers` are the labels of its buttons."""

    title: str
    answers: Sequence[str]
    consent: str = CONSENT
    fps: float | None = None


def make(clips: Sequence[Clip], root: Path, out: Path, asked: Asked) -> tuple[int, list[str]]:
    """Write out/page/ for raters (index.html and videos by random ids) and out/key.csv (id, clip) for the researcher.

    The page holds neither a clip's name nor its label or subject, and its clips stand in the order of their ids, which
    says nothing. `root` is the folder that the clips' paths start from. Returns the number of clips and a sentence for
    each that cannot be shown. Raises StudyError where `out` exists, or no clip can be shown.
    """
    if out.exists():
        raise StudyError(
            f"{out}: exists; votes can be read by the key of their own page alone: move it away, and name its key.csv "
            "beside that of the new page in the config"
        )
    draft = out.with_name(f"{out.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "page/clips").mkdir(parents=True)
    key, lost = {}, []
    for clip in clips:
        name = secrets.token_hex(ID_BYTES)
        try:
            shown_clip.write(root / clip.path, clip.start, clip.end, draft / f"page/clips/{name}.webm", asked.fps)
            key[name] = clip.clip
        except Unusable as unusable:
            (draft / f"page/clips/{name}.webm").unlink(missing_ok=True)
            lost.append(f"{clip.clip}: {unusable}")
    if not key:
        raise StudyError(f"{out}: no clip can be shown: {'; '.join(lost[:5]) or 'there are no test clips'}")
    told = {"page": secrets.token_hex(ID_BYTES), "title": asked.title, "consent": asked.consent}
    told |= {"answers": list(asked.answers), "clips": sorted(key)}
    write_text(draft / "page/index.html", render(told))
    write_rows(draft / "key.csv", ("id", "clip"), sorted(key.items()))
    draft.rename(out)
    return len(key), lost


def render(told: dict) -> str:
    """The page that asks `told`; no text can end its script."""
    return TEMPLATE.read_text(encoding="utf-8").replace(PLACE, json.dumps(told).replace("<", "\\u003c"))
