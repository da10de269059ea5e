"""Numbers of things in sentences."""


def counted(number: int, one: str, many: str | None = None, thousands: str = "") -> str:
    """ "1 clip", "2 clips"; `many` where it is more than an s ("pairs of clips show"), `thousands` between groups."""
    return f"{number:,} {one if number == 1 else many or one + 's'}".replace(",", thousands)
