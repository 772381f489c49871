"""Beside, around and within a period: where somebody goes next, and into what it is cut."""

from collections.abc import Iterator
from datetime import date, timedelta

from spindle.people.periods import ALL, Kind, Period, around, year
from spindle.shared.messages.ask import By

_DAY = timedelta(days=1)
_LENGTHS = {By.DAY: 1, By.WEEK: 7, By.MONTH: 31, By.YEAR: 366}
"""Days, at most."""
_BARS = 400
"""That fit on a page, at most."""


def previous(period: Period) -> Period | None:
    """The one of the same kind that ends where this one begins."""
    if period.since is None or period.kind in (Kind.ALL, Kind.RECENT, Kind.OWN):
        return None
    return around(period.kind, period.since - _DAY)


def following(period: Period) -> Period | None:
    if period.until is None or period.kind in (Kind.ALL, Kind.RECENT, Kind.OWN):
        return None
    return around(period.kind, period.until)


def wider(period: Period) -> Period | None:
    """What somebody sees who steps back."""
    if period.since is None or period.kind is Kind.ALL:
        return None if period.kind is Kind.ALL else ALL
    match period.kind:
        case Kind.DAY:
            return around(Kind.MONTH, period.since)
        case Kind.WEEK | Kind.MONTH:
            return year(period.since.year)
        case _:
            return ALL


def usual(since: date, until: date) -> By:
    """How long the bars of a stretch of days best are: few enough to be told apart."""
    days = (until - since).days
    if days <= 2 * _LENGTHS[By.MONTH]:
        return By.DAY
    if days <= 200:
        return By.WEEK
    return By.MONTH if days <= 6 * _LENGTHS[By.YEAR] else By.YEAR


def possible(since: date, until: date) -> Iterator[By]:
    """Into what a stretch of days can be cut: more than one piece, and not too many."""
    days = (until - since).days
    for by, length in _LENGTHS.items():
        if (by is By.DAY or days > length) and days / length <= _BARS:
            yield by


def cut(by: By, since: date, until: date) -> Iterator[Period]:
    """The whole days, weeks, months or years that a stretch of days reaches into, oldest first."""
    at = around(Kind(by.value), since)
    while at.since and at.until and at.since < until:
        yield at
        at = around(at.kind, at.until)


def bar(by: By, begins: date) -> Period:
    return around(Kind(by.value), begins)
