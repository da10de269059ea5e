"""Student's t distribution for whole degrees of freedom, without the second that importing SciPy costs."""

import math


def tail(t: float, df: int) -> float:
    """The two-sided p-value of `t` with `df` >= 1 degrees of freedom.

    The finite series of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    angle = math.atan(abs(t) / math.sqrt(df))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = df % 2
    term, total = (cosine if odd else 1.0), 0.0
    for k in range(2 + odd, df + 1, 2):  # k - 2 is the power of the cosine in the term
        total += term
        term *= cosine**2 * (k - 1) / k
    inside = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return max(0.0, 1 - inside)


def quantile(df: int, level: float = 0.95) -> float:
    """The t that a share `level` of the distribution lies within, on both sides of 0 (2.776 for 4 at 0.95)."""
    low, high = 0.0, 1e4
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle, df) > 1 - level else (low, middle)
    return (low + high) / 2
