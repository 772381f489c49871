"""What Spotify's limits leave us: which doors are closed, and how much of the budget of calls is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from spindle.shared.spotify.budget import WINDOW
from spindle.shared.spotify.door import Door, Family, shut

SECONDS = int(WINDOW.total_seconds())

_FULL = 0.9  # of the budget: a small share is left free for calls that come late, and counts are rounded


@dataclass(frozen=True)
class Budget:
    """Of the last 30 seconds."""

    calls: int
    used: int

    @property
    def full(self) -> bool:
        return self.used >= self.calls * _FULL


@dataclass(frozen=True)
class Limits:
    doors: Sequence[Door] = ()
    """That we have to pass, as they were last closed."""
    budget: Budget | None = None
    """None when it is not known here in whose name Spotify is asked."""

    def shut(self, family: Family, now: datetime) -> Door | None:
        return shut(self.doors, family, now)

    def closed(self, now: datetime) -> list[Door]:
        """Nobody calls, or one is just trying. What matters most comes first."""
        found = [door for door in self.doors if door.shut(now) or probing(door, now)]
        return sorted(found, key=lambda door: (list(Family).index(door.family), door.until))


def probing(door: Door, now: datetime) -> bool:
    return door.ajar(now) and door.taken("", now)
