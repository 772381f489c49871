"""What a chain of polls has told already, and from where on the next one asks: late plays come to light, and what is
known is neither fetched nor stored again and again."""

import base64
import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from spindle.shared.messages.plays import Play, PollPlays
from spindle.shared.pages import FULL
from spindle.shared.spotify.plays import EPOCH, MILLISECOND

LATE = timedelta(hours=13)
"""Plays have come up to twelve hours after their end (facts.md §0, 4); the rest is for clocks."""
WHOLE_AFTER = timedelta(days=1)
"""Then all that Spotify keeps is asked for and told again, known or not: what a device brings days later, and what got
lost on the way."""

_BYTES = 6  # of a print; that a new play has the print of one of fifty others happens once in five million million


def cursor(step: PollPlays, now: datetime) -> datetime | None:
    """`after` what time to ask for plays; none for the newest that there are. Whatever was not to be seen when the poll
    before was made has ended later than that, if it was late by no more than `LATE`."""
    if step.before or step.newest is None or step.polled_at is None or step.whole_at is None:
        return None
    is_known = step.whole_at <= step.polled_at <= now < step.whole_at + WHOLE_AFTER  # else a clock has gone astray
    return min(step.newest, step.polled_at - LATE) if is_known else None


def untold(told: str | None, plays: Sequence[Play]) -> tuple[Play, ...]:
    known = frozenset(_prints(told))
    return tuple(play for play in plays if _print(play) not in known)


def remembered(told: str | None, plays: Sequence[Play]) -> str:
    """After the first page of a poll: what the next first page may show again."""
    shown = [_print(play) for play in plays]
    return _packed([*shown, *_without(_prints(told), frozenset(shown))][:FULL])


def _without(prints: Sequence[bytes], known: Collection[bytes]) -> list[bytes]:
    return [each for each in prints if each not in known]


def _print(play: Play) -> bytes:
    said = f"{(play.played_at - EPOCH) // MILLISECOND}:{play.track.id}"
    return hashlib.sha256(said.encode()).digest()[:_BYTES]


def _packed(prints: Sequence[bytes]) -> str:
    return base64.b64encode(b"".join(prints)).decode()


def _prints(told: str | None) -> list[bytes]:
    """None of what cannot be read: then plays are told once more."""
    try:
        raw = base64.b64decode(told or "", validate=True)
    except ValueError:
        return []
    return [raw[at : at + _BYTES] for at in range(0, len(raw), _BYTES)]
