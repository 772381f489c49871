"""The people of a simulator: what each of them plays, and what a script has added or held back."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from heapq import merge
from unicodedata import normalize

from spindle.simulator.clock import Clock
from spindle.simulator.logic.visibility import LATEST_MS, Freeze, Sight, VisibleAt, delay, sights, visible, visible_at
from spindle.simulator.settings import Settings
from spindle.simulator.worlds.catalogue import catalogue
from spindle.simulator.worlds.habits import DAY_MS, Habits
from spindle.simulator.worlds.ids import base62, draws, number
from spindle.simulator.worlds.names import FIRST, LAST
from spindle.simulator.worlds.plays import Play, World
from spindle.simulator.worlds.stamps import Stamped
from spindle.simulator.worlds.taste import taste

_HOMES = (
    ("GB", 0),
    ("DE", 1),
    ("SE", 1),
    ("BR", -3),
    ("FR", 1),
    ("US", -5),
    ("JP", 9),
    ("TR", 3),
    ("NG", 1),
    ("ES", 1),
)


def _ended(play: Play) -> int:
    return play.played_at


@dataclass
class Listener:
    id: str
    name: str
    account_id: str
    country: str
    world: World
    added: list[Play] = field(default_factory=list)
    """Plays that a script added, oldest first."""
    freezes: list[Freeze] = field(default_factory=list)
    answered: set[int] = field(default_factory=set)
    """The `played_at` of every play that stood in an answer which could be read."""
    pages: int = 0
    """How many such answers there were."""

    def newest_first(self, before: int) -> Iterator[Play]:
        added = (play for play in reversed(self.added) if play.played_at < before)
        return merge(self.world.newest_first(before), added, key=_ended, reverse=True)

    def add(self, play: Play) -> None:
        insort(self.added, play, key=_ended)

    @property
    def frozen(self) -> bool:
        return bool(self.freezes) and self.freezes[-1].until is None

    def freeze(self, now: int) -> None:
        if not self.frozen:
            self.freezes.append(Freeze(now))

    def thaw(self, now: int) -> None:
        if self.frozen:
            self.freezes[-1] = Freeze(self.freezes[-1].since, now)


class Listeners:
    """Everybody, in the order they came; made-up ones are made as needed, at no cost until they are asked."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.late = settings.late
        self._settings, self._clock = settings, clock
        self._began = clock.ms
        self._everybody: dict[str, Listener] = {}

    def __iter__(self) -> Iterator[Listener]:
        return iter(self._everybody.values())

    def __len__(self) -> int:
        return len(self._everybody)

    def get(self, listener: str) -> Listener | None:
        return self._everybody.get(listener)

    def add(self, name: str | None = None, world: World | None = None, on_air: bool | None = None) -> Listener:
        """The next made-up person; whoever is fifth stays one who listens like everybody else, now and then."""
        at = len(self._everybody)
        chosen = name or person(self._settings.seed, at)
        own = self._free(chosen)
        country, offset = _HOMES[number(self._settings.seed, own, "home") % len(_HOMES)]
        if on_air is None:
            on_air = self._settings.listening_now and at % 5 != 4
        found = world or self._habits(own, offset, on_air)
        stamps = self._settings.stamps
        listener = Listener(
            id=own,
            name=chosen,
            account_id=base62(self._settings.seed, own, "account", length=10),
            country=country,
            world=Stamped(found, stamps, self._settings.seed, own) if stamps else found,
        )
        self._everybody[own] = listener
        return listener

    def visible(self, listener: Listener, before: int | None = None) -> Iterator[Play]:
        """What the API shows of this listener now, newest first; `before` only saves work."""
        now = self._clock.ms
        top = now + 1 if before is None else min(before, now + 1)
        return visible(listener.newest_first(top), self._when(listener), now)

    def sights(self, listener: Listener, until: int, reach: int | None) -> Iterator[Sight]:
        """Every play up to `until`, newest first; it looks ahead to where late plays meet newer ones."""
        ahead = sights(listener.newest_first(until + LATEST_MS), self._when(listener), reach)
        return (sight for sight in ahead if sight.play.played_at <= until)

    def _when(self, listener: Listener) -> VisibleAt:
        return partial(self._visible_at, listener)

    def _visible_at(self, listener: Listener, play: Play) -> int | None:
        late_by = delay(self._settings.seed, listener.id, play.played_at) if self.late else 0
        return visible_at(play, late_by, listener.freezes)

    def _habits(self, own: str, offset: int, on_air: bool) -> Habits:
        seed = self._settings.seed
        since = self._began - self._settings.history_days * DAY_MS
        likes = taste(seed, own, offset, catalogue(seed))
        return Habits(seed, own, likes, since, self._began - DAY_MS if on_air else None)

    def _free(self, name: str) -> str:
        """An id made of the name, as old accounts have them."""
        plain = (
            "".join(letter for letter in normalize("NFKD", name).lower() if letter.isascii() and letter.isalnum())
            or "listener"
        )
        own, more = plain, 2
        while own in self._everybody:
            own, more = f"{plain}{more}", more + 1
        return own


def person(seed: int, at: int) -> str:
    """The name of the listener with this number: no two alike for the first 1,600."""
    first, last = list(FIRST), list(LAST)
    draws(seed, "first").shuffle(first)
    draws(seed, "last").shuffle(last)
    return f"{first[at % len(first)]} {last[(at + at // len(first)) % len(last)]}"
