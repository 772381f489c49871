"""When a listener is asked for next, and why then: as seldom as their habits allow, and before Spotify forgets a play.

Two measures say when it is time, whichever comes first: so many new plays are to be expected, or they have waited so
many minutes together. Neither may be later than the window of plays that Spotify keeps can fill at the listener's pace.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spindle.poll_worker.logic.rhythm import Rhythm, hour_of, rate
from spindle.shared.messages.plays import PollPlays
from spindle.shared.pages import FULL
from spindle.shared.spotify.budget import GIVES_WAY, RISKY

SHORTEST_PLAY = timedelta(seconds=30)
"""What is shorter it does not show (facts.md §1.3)."""
CERTAIN = FULL * SHORTEST_PLAY - timedelta(seconds=30)
"""So long a window lasts, whatever is played."""
FASTER = 1.5
"""A listener may become so much faster than in their fastest half hours of late, and nothing is lost."""
SHORTEST = timedelta(minutes=5)

_STEP = 2.0  # minutes
_USUAL = 3.5  # minutes from one play to the next
_SILENCE = 8.75  # minutes without the end of a play after which a session is as likely over as not
_SHARPNESS = 1.5
_SESSION = 120.0  # minutes that a session goes on, on average
_AGAIN = 0.1  # how likely it is that a session that is over goes on after a while
_AGAIN_WITHIN = 170.0  # minutes
_ASLEEP = 0.35 / 60  # plays a minute
_OFTEN = 2.5 / 60
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Knobs:
    """Calls against freshness."""

    plays: float = 3.0
    """So many new plays are worth a call."""
    waits: float = 56.0
    """And so many minutes that new plays have waited, together."""
    longest: timedelta = timedelta(minutes=90)
    """However slow and quiet a listener is."""


USUAL = Knobs()


@dataclass(frozen=True, slots=True)
class Next:
    at: datetime
    why: str
    """For people."""
    full_at: datetime
    """Until when the poll must be made: then the window may begin to lose plays."""


def when(
    rhythm: Rhythm, newest: datetime | None, now: datetime, short_by: timedelta = timedelta(), knobs: Knobs = USUAL
) -> Next:
    """After a poll at `now` that knows all plays up to then; `newest` of them ended last. `short_by` is how long the
    budget of calls kept that poll waiting."""
    silent = max(0.0, (now - newest) / _MINUTE) if newest else math.inf
    full_at = now + room(rhythm)
    most = min(full_at - now, knobs.longest, CERTAIN if silent < _SILENCE else knobs.longest)
    patience = min(1 + short_by / timedelta(minutes=5), 4.0)
    wait = max(min(SHORTEST, most), min(most, _worth(rhythm, silent, now, knobs, patience, most)))
    why = _why(rhythm, silent, now, wait, full_at, patience)
    return Next(now + wait, why, full_at)


def fixed(rhythm: Rhythm, now: datetime, interval: timedelta) -> Next:
    """For those who want the same wait always."""
    return Next(now + interval, f"every {interval.total_seconds():g} seconds, as it is set", now + room(rhythm))


def room(rhythm: Rhythm) -> timedelta:
    """How long the window lasts even if the listener becomes `FASTER`."""
    return max(CERTAIN, timedelta(seconds=int(FULL * rhythm.pace / FASTER)))


def patience(step: PollPlays, is_crowded: bool, now: datetime) -> timedelta | None:
    """How long a poll waits for its turn; none for as long as anybody. In a crowd one that loses nothing soon gives way
    to those behind it, among whom are some that would."""
    is_safe = step.full_at is not None and step.full_at - now > RISKY
    return GIVES_WAY if is_safe and is_crowded else None


def _worth(rhythm: Rhythm, silent: float, now: datetime, knobs: Knobs, patience: float, most: timedelta) -> timedelta:
    """When a call is worth it."""
    playing = 1 / (1 + math.exp(min(50.0, (silent - _SILENCE) / _SHARPNESS)))
    after = max(0.0, min(silent, 1e6) - 5)
    rates: dict[int, float] = {}
    plays = waits = wait = 0.0
    while wait < most / _MINUTE and plays < knobs.plays * patience and waits < knobs.waits * patience:
        middle = wait + _STEP / 2
        hour = hour_of(now + middle * _MINUTE)
        if hour not in rates:
            rates[hour] = rate(rhythm, hour)
        usual = rates[hour]
        on = playing * math.exp(-middle / _SESSION)
        again = _AGAIN * math.exp(-(after + middle) / _AGAIN_WITHIN)
        plays += _STEP * (on / _USUAL + (1 - on) * (again * (1 - on) / _USUAL + (1 - again) * usual))
        waits += _STEP * plays
        wait += _STEP
    return wait * _MINUTE


def _why(rhythm: Rhythm, silent: float, now: datetime, wait: timedelta, full_at: datetime, patience: float) -> str:
    if now + wait >= full_at:
        return f"the window may fill by {full_at.astimezone(UTC):%H:%M} UTC"
    if patience > 1.2:
        return "the budget of calls is short"
    if silent < _SILENCE:
        return "in a session"
    if silent < 45:
        return "a session has just ended"
    if rhythm.hours < 7 * 24:
        return "their habits are still being learned"
    usual = rate(rhythm, hour_of(now + wait))
    if usual < _ASLEEP:
        return "usually asleep"
    return "usually quiet now" if usual < _OFTEN else "usually plays about now"
