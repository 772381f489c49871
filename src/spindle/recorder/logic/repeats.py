"""For how long a song was on repeat: its sightings there can only be judged from end to end."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from spindle.recorder.logic.sights import Sight

PAUSE = 180_000
"""Milliseconds; after that a play cannot be mistaken for the one before it."""


@dataclass
class _Run:
    begin: int
    end: int


def spans(sights: Iterable[Sight], of: Collection[Sight]) -> list[tuple[int, int]]:
    """Begin and end of each run of repeats that one of these is in, in milliseconds."""
    latest: dict[str, _Run] = {}
    runs: dict[object, _Run] = {}
    for sight in sorted(sights, key=lambda each: each.at):
        begin = sight.at - (sight.ms_played or 0)
        known = (latest[song] for song in sight.songs if song in latest)
        run = next((run for run in known if begin - run.end <= PAUSE), None) or _Run(begin, sight.at)
        run.begin, run.end = min(run.begin, begin), max(run.end, sight.at)
        latest.update(dict.fromkeys(sight.songs, run))
        runs[sight.key] = run
    return [(run.begin, run.end) for run in {id(run): run for run in (runs[each.key] for each in of)}.values()]
