"""What of the page is folded away until somebody asks for it: tables, and the parts of sections that have many."""

import re
from dataclasses import replace

from ferstudy.report.blocks import Article, Details, Page, PageTable, Section, Side, Text

MOST_OPEN = 2  # parts of a section that stand open side by side
NAMES = re.compile(r"`[^`]*`(, `[^`]*`)*")
FIRST = "answer"  # the section of which nothing is folded


def folded(page: Page) -> Page:
    """The page with its tables folded under their captions, and with many parts of a section folded under theirs.

    On a page of many parts, sections that are about the whole study are folded as well, but for their first sentence.
    On the page of one setting, its name does not stand above each section.
    """
    long = any(len(_parts(section)) > MOST_OPEN for section in page.sections)
    one = all(len([part for part in _parts(section) if part.dataset]) <= 1 for section in page.sections)
    return replace(page, sections=tuple(_section(section, long, one) for section in page.sections))


def _parts(section: Section) -> list[Article]:
    return [block for block in section.blocks if isinstance(block, Article)]


def _section(section: Section, long: bool, one: bool) -> Section:
    if section.anchor == FIRST:
        return section
    many = len(_parts(section)) > MOST_OPEN
    inner = (replace(_within(block), folded=many, quiet=one and _says_nothing(block)) if isinstance(block, Article)
             else _block(block) for block in section.blocks)  # fmt: skip
    blocks = tuple(inner)
    return replace(section, blocks=_short(blocks) if long and not _parts(section) else blocks)


def _says_nothing(part: Article) -> bool:
    """The title is of names alone, and of those there is one."""
    return bool(part.dataset) and not part.badge and NAMES.fullmatch(part.title) is not None


def _short(blocks: tuple) -> tuple:
    """The first sentence, and the rest folded; what is folded by itself stays as it is."""
    first = blocks[:1] if isinstance(blocks[0], Text) else ()
    rest = blocks[len(first) :]
    if all(isinstance(block, (Details, Text)) for block in rest):
        return blocks
    return (*first, Details("More of this", rest))


def _block(block: object) -> object:
    if isinstance(block, PageTable) and not block.open:
        return Details(block.caption, (block,), "table")
    return _within(block) if isinstance(block, (Article, Side)) else block


def _within(block: object) -> object:
    return replace(block, blocks=tuple(_block(inner) for inner in block.blocks))
