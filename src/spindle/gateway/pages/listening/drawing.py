"""What was heard, as charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from markupsafe import Markup

from spindle.gateway.charts import bars, hours, scale
from spindle.gateway.charts.marks import marks
from spindle.gateway.pages.listening.view import Show, View
from spindle.people import periods
from spindle.people.heard import WEEKDAYS, listened
from spindle.people.periods import Kind, Period
from spindle.people.wording import count
from spindle.people.zooming import cut, possible, usual
from spindle.shared.messages.ask import Bar as AskedBar
from spindle.shared.messages.ask import By, Listening

_DAY = timedelta(days=1)
_HOUR = 3_600_000  # milliseconds


@dataclass(frozen=True)
class Stretch:
    """A bar, as a row of a table, too."""

    period: Period
    plays: int
    ms: int
    place: str

    @property
    def name(self) -> str:
        return periods.name(self.period)


@dataclass(frozen=True)
class Course:
    """How much was heard in the course of a period."""

    by: By
    possible: Sequence[By]
    chart: Markup
    heard: Sequence[Stretch]
    """Those stretches in which something was heard."""


def shown(view: View, found: Listening) -> tuple[date, date] | None:
    """The days that bars are of: a calendar's year is whole, save for what is to come."""
    if found.first is None or found.last is None:
        return None
    until = max(view.today, found.last) + _DAY
    since, end = view.days
    if view.period.kind in (Kind.ALL, Kind.OWN):
        since = max(since or found.first, found.first)
    since, end = since or found.first, min(end or until, until)
    return (since, end) if since < end else None


def best(view: View, days: tuple[date, date]) -> By:
    """As was asked, if that can be drawn."""
    return view.by if view.by and view.by in possible(*days) else usual(*days)


def course(view: View, found: Listening, by: By, days: tuple[date, date]) -> Course:
    known = {bar.begins: bar for bar in found.bars}
    all_of_them = list(cut(by, *days))
    told = [
        Stretch(each, bar.plays if bar else 0, bar.ms if bar else 0, _place(view, each))
        for each in all_of_them
        for bar in (known.get(each.since) if each.since else None,)
    ]
    below = marks(by, [each.since for each in all_of_them if each.since])
    chart = _bars(view.show, by, told, below)
    return Course(by, list(possible(*days)), chart, [each for each in told if each.plays])


def _bars(show: Show, by: By, told: Sequence[Stretch], below: Sequence[str]) -> Markup:
    value, lines, write = _measure(show)
    drawn = [
        bars.Bar(value(each), each.name, _words(each), each.place, mark) for each, mark in zip(told, below, strict=True)
    ]
    most = max(told, key=value)
    title = f"{'Plays' if show is Show.PLAYS else 'Time'} by {by}"
    words = f"Most {_in(most.period)}: {_words(most)}."
    return bars.bars("course", title, words, drawn, lines(value(most)), write)


def _measure(
    show: Show,
) -> tuple[Callable[[Stretch], int], Callable[[int], Sequence[int]], Callable[[int], str]]:
    """What a bar is as high as, the lines behind bars, and how these are written."""
    if show is Show.PLAYS:
        return (lambda each: each.plays), scale.of_counts, "{:,}".format
    return (lambda each: each.ms), scale.of_lengths, _length


def _length(ms: int) -> str:
    return f"{ms // _HOUR:,} h" if ms % _HOUR == 0 else f"{ms * 60 // _HOUR} min"


def _words(each: Stretch) -> str:
    return f"{count(each.plays, 'play')}, {listened(each.ms)}"


def _in(period: Period) -> str:
    return f"{'on' if period.kind is Kind.DAY else 'in'} {periods.name(period)}"


def _place(view: View, period: Period) -> str:
    """A bar leads to its period, a day to its plays."""
    if period.kind is Kind.DAY:
        return view.counted_plays(period.key)
    return view.at(period=period.key, by="")


def by_year(months: Sequence[AskedBar]) -> Sequence[AskedBar]:
    """What months sum up to."""
    years = ((year, list(of)) for year, of in groupby(months, key=lambda month: month.begins.year))
    return tuple(
        AskedBar(begins=date(year, 1, 1), plays=sum(each.plays for each in of), ms=sum(each.ms for each in of))
        for year, of in years
    )


def week(found: Listening) -> Markup:
    """When in a week."""
    day, hour = max(((day, hour) for day in range(7) for hour in range(24)), key=lambda at: found.hours[at[0]][at[1]])
    words = f"Most on {hours.named(day, hour, found.hours[day][hour])} plays."
    return hours.hours("week", "Plays by weekday and hour", words, found.hours)


def rows(found: Listening) -> Sequence[tuple[str, Sequence[int]]]:
    return list(zip(WEEKDAYS, found.hours, strict=False))
