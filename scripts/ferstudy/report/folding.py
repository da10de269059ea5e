"""What of the page is folded away until somebody asks for it: tables, and the parts of sections that have many."""

from dataclasses import replace

from ferstudy.report.blocks import Article, Details, Page, PageTable, Section, Side

MOST_OPEN = 2  # parts of a section that stand open side by side
FIRST = "answer"  # the section of which nothing is folded


def folded(page: Page) -> Page:
    """The page with its tables folded under their captions, and with many parts of a section folded under theirs."""
    return replace(page, sections=tuple(_section(section) for section in page.sections))


def _section(section: Section) -> Section:
    if section.anchor == FIRST:
        return section
    parts = [block for block in section.blocks if isinstance(block, Article)]
    many = len(parts) > MOST_OPEN
    inner = (replace(_within(block), folded=many) if isinstance(block, Article) else _block(block)
             for block in section.blocks)  # fmt: skip
    return replace(section, blocks=tuple(inner))


def _block(block: object) -> object:
    if isinstance(block, PageTable) and not block.open:
        return Details(block.caption, (block,), "table")
    return _within(block) if isinstance(block, (Article, Side)) else block


def _within(block: object) -> object:
    return replace(block, blocks=tuple(_block(inner) for inner in block.blocks))
