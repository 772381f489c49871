"""A simulated Spotify that hides nothing: one listener with as many plays as wanted, behind those who are made up."""

import argparse
import asyncio
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from spindle.simulator import Settings, build, serve
from spindle.simulator.worlds.catalogue import catalogue
from spindle.simulator.worlds.plays import Play, Track

_SEED = 7
_APART = 200_000
"""Milliseconds from one play to the next."""


@dataclass(frozen=True)
class Steady:
    """Somebody who never stopped: a play every 200 seconds until `newest`."""

    newest: int
    plays: int
    tracks: tuple[Track, ...]

    @classmethod
    def until(cls, now: int, plays: int) -> "Steady":
        return cls(now - _APART, plays, tuple(track for album in catalogue(_SEED) for track in album.tracks))

    def newest_first(self, before: int) -> Iterator[Play]:
        skipped = max(0, -((before - 1 - self.newest) // _APART))
        for number in range(skipped, self.plays):
            track = self.tracks[number % len(self.tracks)]
            yield Play(self.newest - number * _APART, min(_APART, track.duration_ms), track)


async def _run(listeners: int, plays: int) -> None:
    app = build(Settings(seed=_SEED, listeners=listeners, listening_now=True, reach=None, history_days=2, late=False))
    simulation = app.state.simulation
    simulation.listeners.add("Deep", Steady.until(simulation.clock.ms, plays))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serve(app) as address:
        print(address, flush=True)
        await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("listeners", type=int)
    parser.add_argument("plays", type=int)
    asked = parser.parse_args()
    asyncio.run(_run(asked.listeners, asked.plays))
