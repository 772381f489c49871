"""What stands below bars over time: few words, at the days that people count from."""

from collections.abc import Sequence
from datetime import date

from spindle.shared.messages.ask import By

_FEW_DAYS, _MONTHS, _TWO_YEARS = 10, 62, 110


def marks(by: By, begin: Sequence[date]) -> Sequence[str]:
    """For bars of a length that begin then, one after the other; empty where nothing is to stand."""
    before = [None, *begin[:-1]]
    return [_mark(by, day, last, len(begin)) for day, last in zip(begin, before, strict=True)]


def _mark(by: By, day: date, before: date | None, many: int) -> str:
    """A January is called by its year."""
    match by:
        case By.YEAR:
            return f"{day.year}"
        case By.DAY if many <= _FEW_DAYS:
            return f"{day:%a} {day.day}"
        case By.DAY if many <= _MONTHS:
            return f"{day.day} {day:%b}" if day.weekday() == 0 else ""
        case _:
            return _month(day, before, coarse=many > (_TWO_YEARS if by is By.WEEK else 18 if by is By.MONTH else 400))


def _month(day: date, before: date | None, *, coarse: bool) -> str:
    """At the first bar that begins in it; the very first may have begun in the middle."""
    if (before is None and day.day > 7) or (before and before.month == day.month):
        return ""
    if day.month == 1:
        return f"{day.year}"
    return "" if coarse else f"{day:%b}"
