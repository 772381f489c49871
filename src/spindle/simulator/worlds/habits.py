"""Made-up listening, one day at a time: any day of any listener can be made from the seed alone."""

from collections import OrderedDict
from collections.abc import Iterator
from random import Random

from spindle.simulator.worlds.ids import draws
from spindle.simulator.worlds.plays import RULE_MS, Context, Hidden, Play, Track
from spindle.simulator.worlds.taste import Taste, Window, queue

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MINUTE_MS = 60_000
_DAWN_HOURS = 4
"""A listener's day runs from four to four, so that a late evening is not cut in two."""
_LEAK = 0.012
"""Share of short plays that are shown all the same: 0.7 % of what the API shows (facts.md §1.3)."""
_DOUBLE = 0.002
"""Share of plays that are shown twice within seconds: 100 pairs in 51,250 rows (facts.md §1.3)."""
_KEPT_DAYS = 3


class Habits:
    """A listener who keeps their habits from `since` on, and from `on_air_since` on hardly ever stops."""

    def __init__(self, seed: int, listener: str, taste: Taste, since: int, on_air_since: int | None = None) -> None:
        self._name = f"{seed}:{listener}"
        self._taste = taste
        self._since = since
        self._on_air_from = None if on_air_since is None else self._number(on_air_since)
        self._days: OrderedDict[int, tuple[Play, ...]] = OrderedDict()

    def newest_first(self, before: int) -> Iterator[Play]:
        for number in range(self._number(before - 1), self._number(self._since) - 1, -1):
            for play in reversed(self._day(number)):
                if self._since <= play.played_at < before:
                    yield play

    def _number(self, at: int) -> int:
        """Which of the listener's days a moment is in, counted from 1970."""
        return (at + (self._taste.utc_offset - _DAWN_HOURS) * HOUR_MS) // DAY_MS

    def _day(self, number: int) -> tuple[Play, ...]:
        if number not in self._days:
            on_air = self._on_air_from is not None and number >= self._on_air_from
            dawn = number * DAY_MS - (self._taste.utc_offset - _DAWN_HOURS) * HOUR_MS
            self._days[number] = tuple(day(draws(self._name, number), self._taste, number, dawn, on_air))
        self._days.move_to_end(number)
        while len(self._days) > _KEPT_DAYS:
            self._days.popitem(last=False)
        return self._days.get(number, ())


def day(rng: Random, taste: Taste, number: int, dawn: int, on_air: bool) -> Iterator[Play]:
    """The plays of the day that begins at `dawn`, oldest first."""
    free = dawn
    spans = _all_day(rng, dawn) if on_air else _sessions(rng, taste, number, dawn)
    for start, end in spans:
        for play in _session(rng, taste, max(start, free), min(end, dawn + DAY_MS)):
            yield play
            free = play.played_at + MINUTE_MS


def _sessions(rng: Random, taste: Taste, number: int, dawn: int) -> list[tuple[int, int]]:
    weekend = (number + 3) % 7 >= 5  # day 0, 1 January 1970, was a Thursday
    windows = taste.weekend if weekend else taste.weekday
    chosen = [_span(rng, window, dawn) for window in windows if rng.random() < window.chance]
    return sorted(chosen)


def _span(rng: Random, window: Window, dawn: int) -> tuple[int, int]:
    start = dawn + round((rng.gauss(window.hour, 0.6) - _DAWN_HOURS) * HOUR_MS)
    length = max(8.0, rng.lognormvariate(0, 0.5) * window.minutes)
    return max(start, dawn), start + round(length * MINUTE_MS)


def _all_day(rng: Random, dawn: int) -> list[tuple[int, int]]:
    spans, at = [], dawn + round(rng.uniform(0, 3) * MINUTE_MS)
    while at < dawn + DAY_MS:
        end = at + round(rng.uniform(50, 180) * MINUTE_MS)
        spans.append((at, end))
        at = end + round(rng.uniform(1, 5) * MINUTE_MS)
    return spans


def _session(rng: Random, taste: Taste, start: int, end: int) -> Iterator[Play]:
    at = start
    while at < end:
        context, tracks = queue(rng, taste)
        for track in _repeated(rng, taste, tracks):
            ms = _listened(rng, taste, track)
            at = max(at + 1, at + ms + _gap(rng))
            if at >= end:
                return
            yield Play(at, ms, track, context, _hidden(rng, ms))
            if rng.random() < _DOUBLE:
                at += rng.randint(40, 3_000)
                yield _double(rng, at, track, context)


def _repeated(rng: Random, taste: Taste, tracks: tuple[Track, ...]) -> Iterator[Track]:
    for track in tracks:
        yield track
        while rng.random() < taste.repeats:
            yield track


def _listened(rng: Random, taste: Taste, track: Track) -> int:
    """Most tracks are heard to the end; of the skipped ones, most within the first half minute."""
    if rng.random() >= taste.skips:
        return track.duration_ms
    if rng.random() < 0.75:
        return round(rng.triangular(700, 29_900, 2_500))
    return round(rng.uniform(min(RULE_MS, track.duration_ms), track.duration_ms))


def _gap(rng: Random) -> int:
    """Between two plays lies the newer one's length, half a second, and now and then a pause (facts.md §1.3)."""
    pause = round(rng.uniform(0.5, 8) * MINUTE_MS) if rng.random() < 0.02 else 0
    return round(rng.gauss(500, 550)) + pause


def _hidden(rng: Random, ms: int) -> Hidden | None:
    leaked = rng.random() < _LEAK
    return Hidden.SHORT if ms < RULE_MS and not leaked else None


def _double(rng: Random, at: int, track: Track, context: Context | None) -> Play:
    return Play(at, rng.randint(20, 900), track, context)
