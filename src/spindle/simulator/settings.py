"""What a simulator can be told when it starts. Most of it can be changed later under `/control`."""

from dataclasses import dataclass
from enum import StrEnum

from spindle.simulator.worlds.stamps import EXACT, Stamps


class Profile(StrEnum):
    """The kind of application that asks; they see different fields (facts.md §3.3)."""

    NEW_DEV = "new-dev"
    OLD_DEV = "old-dev"
    EXTENDED = "extended"


class Refresh(StrEnum):
    """What a refresh does with the refresh token: three eras of Spotify (facts.md §4)."""

    OMIT = "omit"
    """Since mid-2026: none comes back, and the authorization ends after six months."""
    ROTATE = "rotate"
    """PKCE before that: a new one comes back and the old one is revoked."""
    PLAIN = "plain"
    """The old code flow: none comes back, and it never ends."""


class Lifetime(StrEnum):
    """Whose hour an access token lives in."""

    REAL = "real"
    SIMULATED = "simulated"


@dataclass(frozen=True)
class Settings:
    seed: int = 7
    listeners: int = 3
    listening_now: bool = False
    """Four out of five listeners play something at any time of day, and have since a day before the start."""
    history_days: int = 60
    reach: int | None = 50
    """How many plays the API reaches back; None is deep mode: all of them."""
    late: bool = True
    """Some plays become visible late, as in the real log; otherwise each as soon as it has ended."""
    stamps: Stamps = EXACT
    """How far `played_at` is from the end of a play."""
    profile: Profile = Profile.OLD_DEV
    refresh: Refresh = Refresh.OMIT
    access_seconds: float = 3600
    access_lifetime: Lifetime = Lifetime.REAL
    client_id: str | None = None
    """None: any client id is accepted."""
    client_secret: str | None = None
