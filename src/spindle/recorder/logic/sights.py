"""What was seen of a play: by whom, when, and of which song."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import IntEnum


class Side(IntEnum):
    """Who tells of a play, and which time they give. Each is also a flag of `plays.seen_by`."""

    API = 1
    """Poll or initial sync: its end in milliseconds."""
    EXTENDED = 2
    """A row of the extended history: its end in whole seconds."""
    ACCOUNT = 4
    """A row of the account data: the minute in which it ended."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing that was seen of a play."""

    key: Hashable
    """Given by the caller, unique in a call. Where all else is equal, its printed form decides which is first."""
    side: Side
    at: int
    """Milliseconds since 1970; the beginning of its minute for `ACCOUNT`."""
    songs: frozenset[str]
    """Track ids and normalised names: it is the same song as another when they share one."""
    ms_played: int | None = None
    started: int | None = None
    """In milliseconds, by the clock of the device."""


Telling = tuple[Sight, ...]
"""One play as one side tells it: more than one sight where it tells it twice."""
