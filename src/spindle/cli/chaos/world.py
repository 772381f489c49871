"""The listeners of a chaos run: on the air round the clock, their plays told by the API in all ways that there are."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.applications import Starlette

from spindle.shared.ids import now
from spindle.simulator import Clock, Settings, Stamps, build
from spindle.simulator.worlds.plays import RULE_MS, Hidden, Play, World

SPEED = 30.0
"""How fast the simulated clock runs: a play every few seconds."""

_BEHIND = timedelta(days=12)
"""How far behind the real time it begins, so that it does not run into the future."""
_DAYS = 2
"""Of habits before that."""
_STAMPS = Stamps(started=0.01, paused=0.15, whole=0.15)
_ACCESS = 90.0
"""Seconds that an access token lives; it is renewed a minute before its end, so twice a minute."""


@dataclass(frozen=True)
class Strict:
    """A world of which the API shows no play that was shorter than 30 s, as it says. One that is shown at another time
    than its end could not be told from its neighbours, by anybody."""

    world: World

    def newest_first(self, before: int) -> Iterator[Play]:
        for play in self.world.newest_first(before):
            yield play if play.ms_played >= RULE_MS else replace(play, hidden=play.hidden or Hidden.SHORT)


def world(seed: int, listeners: int) -> Starlette:
    """A Spotify that reaches back to the first play, so that an initial sync has many pages."""
    begin = now() - _BEHIND
    made = build(
        Settings(seed=seed, listeners=listeners, listening_now=True, history_days=_DAYS), Clock(begin, speed=0)
    ).state.simulation.listeners
    settings = Settings(seed=seed, listeners=0, reach=None, stamps=_STAMPS, access_seconds=_ACCESS)
    return build(settings, Clock(begin, SPEED), [Strict(listener.world) for listener in made])
