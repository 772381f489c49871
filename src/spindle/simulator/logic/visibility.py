"""When the API starts to show a play, and until when it can be reached."""

import math
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from spindle.simulator.worlds.ids import fraction
from spindle.simulator.worlds.plays import Play

_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000
LATEST_MS = round(11.5 * _HOUR)
_DELAYS = (
    (1.000, 1 * _SECOND),
    (0.150, 6 * _SECOND),
    (0.020, 1 * _MINUTE),
    (0.017, 10 * _MINUTE),
    (0.008, 1 * _HOUR),
    (0.000, LATEST_MS),
)
"""Share of plays that are still absent after this long, as measured (facts.md §0, 4)."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """From `since` on nothing new was shown, until it was shown all at once; `until` is None while it lasts."""

    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """When a play can be seen: from `visible_at` until before `reachable_until`; None is not (yet) known."""

    play: Play
    visible_at: int | None
    reachable_until: int | None

    @property
    def shown(self) -> bool:
        """Whether the API ever shows it, as far as the world is known."""
        if self.visible_at is None:
            return False
        return self.reachable_until is None or self.visible_at < self.reachable_until


VisibleAt = Callable[[Play], int | None]


def delay(*key: object) -> int:
    """How late this play becomes visible: always the same for the same key."""
    drawn = fraction("delay", *key)
    for (more, sooner), (less, later) in pairwise(_DELAYS):
        if drawn >= less:
            along = (more - drawn) / (more - less)
            return round(sooner * math.pow(later / sooner, along))
    return LATEST_MS


def visible_at(play: Play, late_by: int, freezes: Sequence[Freeze]) -> int | None:
    """When the API shows it; None for never and for not before a freeze ends."""
    if play.hidden:
        return None
    at = play.ended_at + late_by if play.visible_at is None else play.visible_at
    for freeze in freezes:
        if at >= freeze.since and (freeze.until is None or at < freeze.until):
            return freeze.until
    return at


def visible(newest_first: Iterable[Play], when: VisibleAt, now: int) -> Iterator[Play]:
    """The plays that the API shows at this moment, still newest first."""
    for play in newest_first:
        at = when(play)
        if at is not None and at <= now:
            yield play


def sights(newest_first: Iterable[Play], when: VisibleAt, reach: int | None) -> Iterator[Sight]:
    """Every play with its time of being seen: once `reach` newer plays are visible, it is out of reach for good."""
    earliest: list[int] = []
    """When the newer plays became visible: the `reach` earliest times, in order."""
    for play in newest_first:
        at = when(play)
        until = earliest[-1] if reach is not None and len(earliest) == reach else None
        yield Sight(play, at, until)
        if at is not None and reach is not None:
            insort(earliest, at)
            del earliest[reach:]
