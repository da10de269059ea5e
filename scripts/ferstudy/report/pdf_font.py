"""The font of the PDF figures: matplotlib's own, with the characters alone that figures are mostly made of.

A PDF holds of its font what it shows. To find that in the whole font (6,000 characters, and how each stands beside
others) takes longer than to draw the figure, for each anew.
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools import subset
from matplotlib import font_manager

WHOLE = "DejaVu Sans"
SMALL = "DejaVu Sans of figures"
CHARACTERS = (
    (0x20, 0x180),  # Latin
    (0x370, 0x400),  # Greek
    (0x2010, 0x2040),  # dashes and quotes
    (0x2190, 0x2270),  # arrows and signs of mathematics
)
FAMILY, FULL_NAME = 1, 4  # entries of a font's table of names


def families() -> list[str]:
    """The families of a PDF's text: the small font, and the whole one for characters that it lacks."""
    _small_font()
    return [SMALL, WHOLE]


@cache
def _small_font() -> TemporaryDirectory:
    """Makes the small font known to matplotlib; its folder lasts as long as this process."""
    options = subset.Options(glyph_names=True)
    options.drop_tables += ["FFTM"]  # when its maker saved it: nothing that could be cut down
    font = subset.load_font(font_manager.findfont(WHOLE), options)
    characters = subset.Subsetter(options)
    characters.populate(unicodes=[code for first, end in CHARACTERS for code in range(first, end)])
    characters.subset(font)
    for entry in font["name"].names:
        if entry.nameID in (FAMILY, FULL_NAME):
            entry.string = SMALL
    folder = TemporaryDirectory(prefix="ferstudy-font-")
    path = Path(folder.name) / "font.ttf"
    font.save(path)
    font_manager.fontManager.addfont(path)
    return folder
