"""When a listener plays, by hour of the week, and how fast: what a chain of polls learns, small enough to travel."""

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

HOURS = 168
"""Of a week, from Thursday 00:00 UTC on, as Unix time began."""

KEPT = 0.8
"""Of what is known of an hour when it comes again: half of it is forgotten within three weeks."""
RUN = 25
"""Plays over which the pace is measured: half a window. Fewer say too little, and a whole window is seldom seen."""
SLOWER = 0.01
"""With every play the pace follows a slower run by so much; a faster one it follows at once."""
FIRST_PACE = 90.0
"""Seconds from one play to the next, of somebody of whom nothing is known."""

_UNIT = 16  # so many are one play
_LARGEST = 0xFFFF
_HEAD = struct.Struct(">BIIH")
_BINS = struct.Struct(f">{HOURS}H")
_FORM = 1
_PACE_UNIT = 10


@dataclass(frozen=True, slots=True)
class Rhythm:
    hour: int | None = None
    """The last hour that was looked at, since 1970."""
    hours: int = 0
    """So many were."""
    pace: float = FIRST_PACE
    """Seconds from one play to the next in the fastest run of late."""
    bins: tuple[int, ...] = (0,) * HOURS
    """Sixteenths of plays in every hour of the week, older weeks counting less."""


def packed(rhythm: Rhythm) -> str:
    head = _HEAD.pack(_FORM, rhythm.hour or 0, min(rhythm.hours, 2**32 - 1), round(rhythm.pace * _PACE_UNIT))
    return base64.b64encode(head + _BINS.pack(*rhythm.bins)).decode()


def unpacked(text: str | None) -> Rhythm:
    """What cannot be read is learned anew."""
    try:
        raw = base64.b64decode(text or "", validate=True)
        form, hour, hours, pace = _HEAD.unpack_from(raw)
        bins = _BINS.unpack(raw[_HEAD.size :])
    except (ValueError, struct.error):
        return Rhythm()
    return Rhythm(hour or None, hours, pace / _PACE_UNIT, bins) if form == _FORM else Rhythm()


def learned(rhythm: Rhythm, ends: Sequence[datetime], newest: datetime | None, now: datetime) -> Rhythm:
    """After a page whose plays ended then; those after `newest` are new."""
    seen = sorted(ends)
    fresh = [each for each in seen if newest is None or each > newest]
    come = _come(rhythm, hour_of(now))
    return replace(come, pace=_pace(come.pace, seen, len(fresh)), bins=_counted(come.bins, fresh, newest is not None))


def hour_of(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp()) // 3600


def rate(rhythm: Rhythm, hour: int) -> float:
    """Plays a minute that an hour usually has: what was seen in it and beside it in other weeks, and the less that is,
    the more the same hour of other days counts, and the less that is, what anybody plays."""
    seen, weeks = _beside(rhythm, hour, (0,))
    daily, days = _beside(rhythm, hour, range(0, HOURS, 24))
    any_day = (daily + _ANYBODY) / (days + 1)
    return (seen + _DAYS * any_day) / (weeks + _DAYS) / 60


_ANYBODY = 1.4  # plays an hour
_DAYS = 3.0  # weeks after which an hour of the week says as much as the same hour of all days


def _beside(rhythm: Rhythm, hour: int, days: Sequence[int]) -> tuple[float, float]:
    """Plays in an hour, half as much of its neighbours', and how often they were seen, on these days."""
    plays = seen = 0.0
    for aside, weight in ((-1, 0.25), (0, 0.5), (1, 0.25)):
        for day in days:
            at = (hour + aside + day) % HOURS
            plays += weight * rhythm.bins[at] / _UNIT
            seen += weight * _seen(rhythm, at)
    return plays, seen


def _seen(rhythm: Rhythm, at: int) -> float:
    """How often an hour of the week was looked at, older weeks counting less."""
    ago = ((rhythm.hour or 0) - at) % HOURS
    times = (rhythm.hours - ago + HOURS - 1) // HOURS
    return (1 - KEPT ** max(times, 0)) / (1 - KEPT)


def _come(rhythm: Rhythm, hour: int) -> Rhythm:
    """Every hour that begins forgets some of what it knew."""
    last = hour - 1 if rhythm.hour is None else max(rhythm.hour, hour - HOURS)
    if hour <= last:
        return rhythm
    bins = list(rhythm.bins)
    for each in range(last + 1, hour + 1):
        bins[each % HOURS] = int(bins[each % HOURS] * KEPT)
    return replace(rhythm, hour=hour, hours=rhythm.hours + hour - last, bins=tuple(bins))


def _counted(bins: tuple[int, ...], fresh: Sequence[datetime], counts: bool) -> tuple[int, ...]:
    """The first page of a chain shows what was played in hours that nobody looked at: it does not count."""
    if not fresh or not counts:
        return bins
    changed = list(bins)
    for each in fresh:
        at = hour_of(each) % HOURS
        changed[at] = min(changed[at] + _UNIT, _LARGEST)
    return tuple(changed)


def _pace(known: float, seen: Sequence[datetime], fresh: int) -> float:
    """From every run of plays that ends with a new one."""
    for last in range(max(RUN, len(seen) - fresh), len(seen)):
        run = (seen[last] - seen[last - RUN]) / RUN / timedelta(seconds=1)
        known = run if run < known else known + min(run - known, known) * SLOWER
    return max(1.0, min(known, _LARGEST / _PACE_UNIT))
