"""A door: a family of endpoints that Spotify counts together, and may close to us for a while.

A 429 closes it until its deadline. Then it stands ajar: one call, the probe, finds out whether it is open again, and
all others wait for that. So nobody storms a door that has just opened, and a lost probe is followed by another one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from pydantic import AwareDatetime

from spindle.shared.messages import Value
from spindle.shared.spotify.errors import RateLimited
from spindle.shared.spotify.retry_after import LONGEST

PROBE = timedelta(seconds=20)
"""How long one may be probing: longer than a call can last (`transport.TOTAL`), and a moment to write down what came
of it."""

LONGEST_UNTOLD = timedelta(hours=1)
"""When Spotify refuses again and again without a word on how long, the wait doubles up to here."""

VOLLEY = timedelta(seconds=1)
"""Calls that were under way together are refused within so long, and their waits are rounded to the second: they close
the door once, until the latest deadline."""

_NO_CLOCKS = LONGEST + timedelta(hours=1)
"""A deadline that is further away than any refusal can set it was set by a wrong clock, and holds nobody."""

_PLAIN = re.compile(r"[A-Za-z0-9_=-]{1,80}")


class Family(StrEnum):
    """Spotify does not tell which endpoints it counts together (facts.md §2); these are what people have seen."""

    HISTORY = "history"
    LIBRARY = "library"
    PROFILE = "profile"
    TOKENS = "tokens"


_BY_PATH = {
    "/me/player/recently-played": Family.HISTORY,
    "/me/tracks": Family.LIBRARY,
    "/me/albums": Family.LIBRARY,
    "/me/following": Family.LIBRARY,
    "/me/library": Family.LIBRARY,
    "/me/playlists": Family.LIBRARY,
    "/me": Family.PROFILE,
}


def family(path: str) -> Family:
    """Of an endpoint of the Web API. Raises `KeyError` for one that nobody has entered here."""
    return _BY_PATH[path]


@dataclass(frozen=True)
class Owner:
    """Whose door it is: a client id's, or, for the quota, that of the developer account behind it."""

    client: str
    account: str

    def scopes(self) -> tuple["Scope", "Scope"]:
        """Both doors that a call has to pass."""
        return Scope(self.client, quota=False), Scope(self.account or self.client, quota=True)

    def passes(self, door: "Door") -> bool:
        """Whether it is one of them; of an owner whose client id is not known every door may be."""
        return not self.client or Scope(door.of, door.quota) in self.scopes()


ANYONE = Owner("", "")


@dataclass(frozen=True)
class Scope:
    of: str
    quota: bool

    def key(self, family: Family) -> str:
        """In the bucket `pace`."""
        return f"door.{family}.{'account' if self.quota else 'client'}.{plain(self.of)}"


def plain(name: str) -> str:
    """A name as a key can hold it."""
    return name if _PLAIN.fullmatch(name) else f"={sha256(name.encode()).hexdigest()[:32]}"


class Probe(Value):
    """Who is trying just now."""

    holder: str
    until: AwareDatetime


class Door(Value):
    """As it was last closed."""

    family: Family = Family.HISTORY
    of: str = ""
    quota: bool = False
    closed_at: AwareDatetime
    until: AwareDatetime
    why: str
    refusals: int = 1
    """In a row."""
    probe: Probe | None = None
    opened_at: AwareDatetime | None = None
    announced: bool = False
    """Whether the event is out that tells of it."""

    def shut(self, now: datetime) -> bool:
        """Nobody calls."""
        return self.opened_at is None and now < self.until <= now + _NO_CLOCKS

    def ajar(self, now: datetime) -> bool:
        """One may try."""
        return self.opened_at is None and not self.shut(now)

    def taken(self, me: str, now: datetime) -> bool:
        """Somebody else is trying."""
        return self.probe is not None and self.probe.holder != me and now < self.probe.until <= now + 2 * PROBE

    def probed_by(self, me: str, now: datetime) -> "Door":
        return self.model_copy(update={"probe": Probe(holder=me, until=now + PROBE)})

    def released(self) -> "Door":
        return self.model_copy(update={"probe": None})

    def opened(self, now: datetime) -> "Door":
        return self.model_copy(update={"probe": None, "opened_at": now})


def shut(doors: Sequence[Door], family: Family, now: datetime) -> Door | None:
    """The one of the family that is shut for longest."""
    closed = [door for door in doors if door.family is family and door.shut(now)]
    return max(closed, key=lambda door: door.until, default=None)


def closed(door: Door | None, family: Family, scope: Scope, refusal: RateLimited, now: datetime) -> Door:
    """After a refusal. When the door is shut already the later deadline counts: it never moves forward."""
    stands = door if door and door.shut(now) else None
    refusals = stands.refusals if stands else door.refusals + 1 if door and door.ajar(now) else 1
    until = now + wait(refusal, refusals)
    if stands and stands.until >= until:
        return stands
    if stands and max(now - stands.closed_at, until - stands.until) < VOLLEY:
        return stands.model_copy(update={"until": until})
    return Door(
        family=family,
        of=scope.of,
        quota=scope.quota,
        closed_at=now,
        until=until,
        why=str(refusal),
        refusals=refusals,
    )


def wait(refusal: RateLimited, refusals: int) -> timedelta:
    """As long as Spotify says; when it does not say, twice as long with every refusal in a row."""
    if refusal.told:
        return refusal.retry_after
    return min(refusal.retry_after * (1 << min(refusals - 1, 20)), LONGEST_UNTOLD)
