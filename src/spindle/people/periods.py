"""Periods as people name them: four weeks, half a year, 2024, May 2024, a week, a day, from one day to another, all."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_FIRST_YEAR = 1900
"""Nothing was streamed before; and below it dates are written otherwise."""
_LAST_YEAR = 2200
_YEAR = re.compile(r"(\d{4})")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_ISO_WEEK = re.compile(r"(\d{4})-W(\d\d)")
_SPAN = re.compile(r"([\d-]*)\.\.([\d-]*)")


class Kind(StrEnum):
    """What a period is, which is also how long its neighbours are."""

    ALL = "all"
    RECENT = "recent"
    YEAR = "year"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    OWN = "own"


@dataclass(frozen=True)
class Period:
    """The days from `since` on and before `until`; `key` is how addresses call it."""

    kind: Kind
    key: str
    since: date | None = None
    until: date | None = None

    @property
    def last(self) -> date | None:
        """Its last day, as people name it."""
        return self.until - _DAY if self.until else None


ALL = Period(Kind.ALL, "all")


def read(text: str, today: date) -> Period | None:
    """None for a word that names no period."""
    if text in ("", "all"):
        return ALL
    if text in ("4w", "6m"):
        return recent(text, today)
    try:
        return _calendar(text) or _own(text)
    except (ValueError, OverflowError):
        return None


def recent(key: str, today: date) -> Period:
    """Up to today, and with it."""
    until = today + _DAY
    if key == "4w":
        return Period(Kind.RECENT, key, until - 4 * _WEEK, until)
    months = today.year * 12 + today.month - 1 - 6
    last_of_month = month(months // 12, months % 12 + 1).last or today
    return Period(Kind.RECENT, key, last_of_month.replace(day=min(today.day, last_of_month.day)) + _DAY, until)


def own(since: date | None, until: date | None) -> Period:
    """Before the day `until`; open where there is none."""
    if since is None and until is None:
        return ALL
    last = until - _DAY if until else None
    return Period(Kind.OWN, f"{since or ''}..{last or ''}", since, until)


def year(number: int) -> Period:
    return Period(Kind.YEAR, f"{number}", date(number, 1, 1), date(number + 1, 1, 1))


def month(number: int, month: int) -> Period:
    since = date(number, month, 1)
    return Period(Kind.MONTH, f"{since:%Y-%m}", since, date(number + month // 12, month % 12 + 1, 1))


def week(monday: date) -> Period:
    number, week, _ = monday.isocalendar()
    return Period(Kind.WEEK, f"{number}-W{week:02}", monday, monday + _WEEK)


def single_day(day: date) -> Period:
    return Period(Kind.DAY, day.isoformat(), day, day + _DAY)


def _calendar(text: str) -> Period | None:
    if not (text[:4].isascii() and text[:4].isdecimal()) or not _FIRST_YEAR <= int(text[:4]) <= _LAST_YEAR:
        return None
    if found := _YEAR.fullmatch(text):
        return year(int(found[1]))
    if found := _MONTH.fullmatch(text):
        return month(int(found[1]), int(found[2]))
    if found := _ISO_WEEK.fullmatch(text):
        return week(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    return single_day(date.fromisoformat(text)) if len(text) == len("2024-05-03") else None


def _own(text: str) -> Period | None:
    found = _SPAN.fullmatch(text)
    if not found:
        return None
    since, last = (date.fromisoformat(each) if each else None for each in found.groups())
    if since and last and last < since:
        return None
    return own(since, last + _DAY if last else None)


def around(kind: Kind, day: date) -> Period:
    match kind:
        case Kind.YEAR:
            return year(day.year)
        case Kind.MONTH:
            return month(day.year, day.month)
        case Kind.WEEK:
            return week(day - timedelta(days=day.weekday()))
        case _:
            return single_day(day)


# --- in words -------------------------------------------------------------------------------------------------------


def name(period: Period) -> str:
    """`May 2024`."""
    since, last = period.since, period.last
    match period.kind:
        case Kind.ALL:
            return "Everything"
        case Kind.RECENT:
            return "The last 4 weeks" if period.key == "4w" else "The last 6 months"
        case Kind.YEAR:
            return period.key
        case Kind.MONTH if since:
            return f"{since:%B %Y}"
        case Kind.DAY if since:
            return f"{since:%A}, {day(since)}"
        case _:
            return from_to(since, last)


def from_to(since: date | None, last: date | None) -> str:
    if since and last:
        if since == last:
            return day(since)
        if (since.year, since.month) == (last.year, last.month):
            return f"{since.day} to {day(last)}"
        begins = f"{since.day} {since:%B}" if since.year == last.year else day(since)
        return f"{begins} to {day(last)}"
    return f"Since {day(since)}" if since else f"Until {day(last)}" if last else "Everything"


def day(at: date) -> str:
    """`12 May 2027`."""
    return f"{at.day} {at:%B %Y}"
