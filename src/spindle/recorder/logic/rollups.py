"""Which parts of a period are read from what was counted beforehand, and which from plays.

What was counted is true but for the months that are marked: something in them has changed since. Days, and what was
heard again and again within one, are counted by the month; tracks by the year, and once for all years together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

ALL_YEARS = 0
"""Under which the sums of all years stand."""

_STRETCHES = 6

_DAYS_OF_A_YEAR = 30
"""What is counted of a year's tracks is read as fast as the plays of so many days of it, about."""


@dataclass(frozen=True, order=True)
class Days:
    """From a day on, and before another one. The first and the last day of the calendar stand for no end."""

    since: date = date.min
    until: date = date.max

    def __bool__(self) -> bool:
        return self.since < self.until

    def __len__(self) -> int:
        return max((self.until - self.since).days, 0)

    def within(self, other: "Days") -> "Days":
        return Days(max(self.since, other.since), min(self.until, other.until))

    def without(self, others: Iterable["Days"]) -> "list[Days]":
        left, since = [], self.since
        for other in sorted(others):
            left.append(Days(since, min(other.since, self.until)))
            since = max(since, other.until)
        return [days for days in (*left, Days(since, self.until)) if days]


@dataclass(frozen=True)
class Standing:
    """Of what was counted of a listener."""

    marked: frozenset[date]
    """Months, by their first days."""
    years: Mapping[int, date]
    """Each year that was counted, with the month that was not over then, nor any after it."""

    @cached_property
    def changed(self) -> list[Days]:
        """Few stretches, because each costs a reading: what lies between two is read as if it had changed, too."""
        found = joined(month(first) for first in self.marked)
        while len(found) > _STRETCHES:
            close = min(range(1, len(found)), key=lambda n: found[n].since - found[n - 1].until)
            found[close - 1 : close + 1] = [Days(found[close - 1].since, found[close].until)]
        return found


NOTHING = Standing(frozenset({date.min}), {})
"""None of it is to be used."""


@dataclass(frozen=True)
class Reading:
    """Where the answers of a period lie."""

    counted: Sequence[Days]
    """Of which hours and months are counted."""
    months: Sequence[Days]
    """Whole ones of them."""
    years: Sequence[int]
    years_off: Sequence[int]
    """Taken off them."""
    plays: Sequence[Days]
    """The rest of the days."""
    month_ends: Sequence[Days]
    """The rest of the months."""
    more: Sequence[Days]
    """Of which plays are added to the years."""
    less: Sequence[Days]
    """Of which plays are taken off them."""


def reading(asked: Days, standing: Standing) -> Reading:
    if standing is NOTHING:
        return Reading((), (), (), (), [asked], [asked], [asked], ())
    counted = asked.without(standing.changed)
    months = [whole for days in counted if (whole := _months(days))]
    tracks = _tracks(asked, standing)
    return Reading(
        counted=counted,
        months=months,
        years=tracks.years,
        years_off=tracks.years_off,
        plays=asked.without(counted),
        month_ends=asked.without(months),
        more=joined(tracks.more),
        less=joined(tracks.less),
    )


def over(now: datetime) -> date:
    """The first month that is not over everywhere on earth."""
    return (now.astimezone(UTC) - timedelta(days=1)).date().replace(day=1)


def month(first: date) -> Days:
    """The one that begins on this day."""
    try:
        return Days(first, (first + timedelta(days=31)).replace(day=1))
    except OverflowError:
        return Days(first)


def year(number: int) -> Days:
    return Days(date(number, 1, 1), date(number + 1, 1, 1) if number < date.max.year else date.max)


def joined(some: Iterable[Days]) -> list[Days]:
    """Those that touch as one."""
    found: list[Days] = []
    for days in sorted(some):
        if found and days.since <= found[-1].until:
            found[-1] = Days(found[-1].since, max(found[-1].until, days.until))
        else:
            found.append(days)
    return found


def _months(days: Days) -> Days:
    since = days.since if days.since.day == 1 else month(days.since.replace(day=1)).until
    return Days(since, days.until if days.until == date.max else days.until.replace(day=1))


@dataclass
class _Tracks:
    """What the tracks of a period are put together from."""

    years: list[int] = field(default_factory=list)
    years_off: list[int] = field(default_factory=list)
    more: list[Days] = field(default_factory=list)
    less: list[Days] = field(default_factory=list)

    @property
    def cost(self) -> int:
        return _DAYS_OF_A_YEAR * len([*self.years, *self.years_off]) + sum(map(len, [*self.more, *self.less]))


def _tracks(asked: Days, standing: Standing) -> _Tracks:
    """Year by year, or all years without what was not asked for: whichever is less to read."""
    by_year, of_all = _by_year(asked, standing), _of_all(asked, standing)
    return of_all if of_all and of_all.cost < by_year.cost else by_year


def _by_year(asked: Days, standing: Standing) -> _Tracks:
    found = _Tracks()
    for each in _known(standing):
        part = asked.within(year(each))
        added = [within for days in standing.changed if (within := days.within(part))]
        taken = _rolled(each, standing).without([asked]) if _usable(each, standing) else []
        if _usable(each, standing) and sum(map(len, [*added, *taken])) < len(part):
            found.years.append(each)
            found.more += added
            found.less += taken
        elif part:
            found.more.append(part)
    return found


def _of_all(asked: Days, standing: Standing) -> _Tracks | None:
    """None when something has changed in them."""
    if ALL_YEARS not in standing.years or any(days.since < standing.years[ALL_YEARS] for days in standing.changed):
        return None
    counted = Days(until=standing.years[ALL_YEARS])
    found = _Tracks(years=[ALL_YEARS], more=[within for days in standing.changed if (within := days.within(asked))])
    for outside in counted.without([asked]):
        part = _by_year(outside, standing)
        found.years_off += part.years
        found.less += part.more
        found.more += part.less
    return found


def _known(standing: Standing) -> list[int]:
    return sorted({*standing.years, *(each.year for each in standing.marked)} - {ALL_YEARS})


def _usable(number: int, standing: Standing) -> bool:
    """No month of it has changed that was counted, or might have been."""
    rolled = _rolled(number, standing)
    return bool(rolled) and not any(days.within(rolled) for days in standing.changed)


def _rolled(number: int, standing: Standing) -> Days:
    whole = year(number)
    return Days(whole.since, min(standing.years.get(number, whole.since), whole.until))
