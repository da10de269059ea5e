"""Numbers as the page prints them. What is not known is printed as a dash, never as zero."""

import math

from ferstudy.counted import counted

DASH = "–"
THIN = "\u2009"


def known(*values: float | None) -> bool:
    """Whether all `values` are numbers: None, as JSON has it, and NaN, as a table has it, are not."""
    return all(value is not None and math.isfinite(value) for value in values)


def uar(value: float | None, digits: int = 3) -> str:
    """A rate between 0 and 1, as "0.792"; a dash for None and NaN, as in all functions here."""
    return f"{value:z.{digits}f}" if known(value) else DASH


def signed(value: float | None, digits: int = 3) -> str:
    """A difference with its sign, but for one that is zero as printed; minus is the real minus."""
    if not known(value):
        return DASH
    text = f"{value:+z.{digits}f}"
    return text.replace("-", "−") if float(text) else text.removeprefix("+")


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """ "0.661 to 0.897"; a dash where a bound is not known."""
    return f"{uar(low, digits)} to {uar(high, digits)}" if known(low, high) else DASH


def signed_interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """ "−0.031 to +0.066"."""
    return f"{signed(low, digits)} to {signed(high, digits)}" if known(low, high) else DASH


def p_value(p: float | None) -> str:
    """ "0.031", or "< 0.001" below that."""
    if not known(p):
        return DASH
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def count(number: int, one: str, many: str | None = None) -> str:
    """ "1 clip", "2 clips"."""
    return counted(number, one, many, THIN)


def percent(value: float | None) -> str:
    """A share as whole per cent."""
    return f"{100 * value:.0f}{THIN}%" if known(value) else DASH


def duration(seconds: float | None) -> str:
    """Seconds as a person says them: "38 s", "12 min", "4.2 h"."""
    if not known(seconds):
        return DASH
    if seconds < 100:
        return f"{seconds:.0f}{THIN}s"
    return f"{seconds / 60:.0f}{THIN}min" if seconds < 6000 else f"{seconds / 3600:.1f}{THIN}h"


def memory(megabytes: float | None) -> str:
    """Megabytes, from 1,000 on as gigabytes."""
    if not known(megabytes):
        return DASH
    return f"{megabytes / 1024:.1f}{THIN}GB" if megabytes >= 1000 else f"{megabytes:.0f}{THIN}MB"


def short(value: float | None) -> str:
    """Three digits and a unit: "49.8 k", "1.22 G", "0.0398"."""
    if not known(value):
        return DASH
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{THIN}{unit}"
    return f"{value:.3g}"


def listed(names: list[str], most: int = 8) -> str:
    """ "a, b and c"; the rest beyond `most` is counted."""
    if len(names) > most:
        return ", ".join(names[:most]) + f" and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def shown(value: object) -> str:
    """Whatever a record says, as text; a dash where it says nothing."""
    return DASH if value is None else str(value)
