"""Which days of a listener are known, and how well: what is proven, laid over days of their own zone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from spindle.people import heard
from spindle.shared.messages.ask import Gap, Window
from spindle.shared.messages.plays import Source

_DAY = timedelta(days=1)
_NOTHING = timedelta()

Span = tuple[datetime, datetime]
"""After one moment, up to and including another one."""


class Proof(StrEnum):
    """How much of a day is known, and from whom."""

    COMPLETE = "complete"
    """All of it, from polls and the initial sync alone."""
    IMPORTED = "imported"
    """All of it, and not without an import."""
    PARTIAL = "partial"
    GAP = "gap"


@dataclass(frozen=True)
class Day:
    """From `begins` on and before `ends`. Its last hours are still to come when it is `so_far`."""

    date: date
    begins: datetime
    ends: datetime
    proof: Proof
    so_far: bool = False


@dataclass(frozen=True)
class Run:
    """Days in a row of which the same can be said."""

    first: date
    last: date
    proof: Proof

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def days(windows: Sequence[Window], where: ZoneInfo, only: date | None = None) -> Sequence[Day]:
    """From the one in which the first window begins to the one in which the last one ends, oldest first; or `only` one
    of them.

    What comes after the last window is nobody's fault: the next poll tells it. What lies before the first one is
    missing from the day in which it begins.
    """
    everything = _together(windows)
    if not everything:
        return ()
    shown = _together([window for window in windows if window.source is not Source.IMPORT])
    end = everything[-1][1]
    all_known, known_to_us = _Line(everything), _Line(shown)
    found = []
    for each, begins, ends in _days(everything[0][0], end, where, only):
        until = min(ends, end)
        part, ours = all_known.within(begins, until), known_to_us.within(begins, until)
        if until > begins:
            found.append(Day(each, begins, ends, _proof(until - begins, part, ours), so_far=end < ends))
    return found


def gaps(windows: Sequence[Window]) -> Sequence[Gap]:
    """What all of them leave open between the first and the last, oldest first."""
    everything = _together(windows)
    return [Gap(after=one[1], before=other[0]) for one, other in pairwise(everything)]


def open_within(windows: Sequence[Window], begins: datetime, ends: datetime) -> Sequence[Gap]:
    """What all of them leave open of that time, but for what comes after the last one."""
    found, at = [], begins
    for after, before in _together(windows):
        if at < after and begins < after:
            found.append(Gap(after=at, before=min(after, ends)))
        at = max(at, before)
        if at >= ends:
            break
    return [gap for gap in found if gap.after < gap.before]


def runs(of: Sequence[Day]) -> Sequence[Run]:
    """Oldest first."""
    found = []
    for proof, together in groupby(of, key=lambda day: day.proof):
        same = list(together)
        found.append(Run(same[0].date, same[-1].date, proof))
    return found


def bounds(day: date, where: ZoneInfo) -> Span:
    """When it begins and when the next one does. Where clocks are put forward at midnight it begins at one; where they
    are put back over midnight it begins at the first of two."""
    return _begins(day, where), _begins(day + _DAY, where)


def _begins(day: date, where: ZoneInfo) -> datetime:
    """In UTC: between times of one zone Python counts hours as its clocks show them."""
    return heard.begins(day, where).astimezone(UTC)


def _days(
    first: datetime, last: datetime, where: ZoneInfo, only: date | None
) -> Iterator[tuple[date, datetime, datetime]]:
    day, final = first.astimezone(where).date(), last.astimezone(where).date()
    if only is not None:
        day, final = max(day, only), min(final, only)
    begins = _begins(day, where)
    while day <= final:
        ends = _begins(day + _DAY, where)
        yield day, begins, ends
        day, begins = day + _DAY, ends


def _proof(whole: timedelta, known: timedelta, ours: timedelta) -> Proof:
    if known == _NOTHING:
        return Proof.GAP
    if known < whole:
        return Proof.PARTIAL
    return Proof.COMPLETE if ours == whole else Proof.IMPORTED


def _together(windows: Sequence[Window]) -> Sequence[Span]:
    """Without overlaps and seams, oldest first."""
    found: list[Span] = []
    for after, before in sorted((window.after.astimezone(UTC), window.before.astimezone(UTC)) for window in windows):
        if found and after <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], before))
        else:
            found.append((after, before))
    return found


class _Line:
    """Spans that are asked for from the oldest to the newest, each looked at once."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._at = 0

    def within(self, begins: datetime, ends: datetime) -> timedelta:
        """How much of that time they take."""
        while self._at < len(self._spans) and self._spans[self._at][1] <= begins:
            self._at += 1
        found, number = _NOTHING, self._at
        while number < len(self._spans) and self._spans[number][0] < ends:
            found += min(ends, self._spans[number][1]) - max(begins, self._spans[number][0])
            number += 1
        return found
