"""A world whose plays the API tells in other ways: by their start, without a pause, or on a whole second."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from spindle.simulator.worlds.ids import fraction
from spindle.simulator.worlds.plays import Play, Told, World

LONGEST_PAUSE_MS = 120_000
_LONGEST_MS = 3 * 3_600_000
"""A play that is longer is told by its end."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """Shares of the plays, from 0 to 1."""

    started: float = 0.0
    """`played_at` is their START."""
    paused: float = 0.0
    """They ended up to two minutes after `played_at`."""
    whole: float = 0.0
    """`played_at` is a whole second, so that the API omits its fraction."""

    def __bool__(self) -> bool:
        return bool(self.started or self.paused or self.whole)

    def told(self, play: Play, *seed: object) -> Play:
        """The same play, with a `played_at` that is the same or earlier."""
        at = play.played_at
        if fraction(*seed, "paused", at) < self.paused:
            pause = round(LONGEST_PAUSE_MS * fraction(*seed, "pause", at))
            play = replace(play, played_at=at - pause, paused_ms=pause)
        elif fraction(*seed, "started", at) < self.started and play.ms_played <= _LONGEST_MS:
            play = replace(play, played_at=at - play.ms_played, told=Told.START)
        if fraction(*seed, "whole", at) < self.whole:
            play = replace(play, played_at=play.played_at // 1000 * 1000)
        return play


EXACT = Stamps()


class Stamped:
    """Another world, told with these stamps."""

    def __init__(self, world: World, stamps: Stamps, *seed: object) -> None:
        self._world, self._stamps, self._seed = world, stamps, seed

    def newest_first(self, before: int) -> Iterator[Play]:
        """Stamps only move plays back, so whatever is told later than the next end can go."""
        waiting: list[tuple[int, int, Play]] = []
        for at, play in enumerate(self._world.newest_first(before + _LONGEST_MS)):
            while waiting and -waiting[0][0] > play.played_at:
                yield heappop(waiting)[2]
            told = self._stamps.told(play, *self._seed)
            if told.played_at < before:
                heappush(waiting, (-told.played_at, at, told))
        while waiting:
            yield heappop(waiting)[2]
