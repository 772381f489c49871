"""In seeded worlds, whatever comes in pieces and in any order ends as the plays that the rule gives at once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from spindle.recorder.logic.placing import placed
from spindle.recorder.logic.sightings import Known, Play, Row
from spindle.recorder.logic.twins import Side, Sight

from .listening import SECOND, Habits, World, world

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SONGS = {f"id{n}": frozenset({f"local:name{n}"}) for n in range(50)}
LONG_AGO, NEVER = EPOCH, EPOCH + timedelta(days=100_000)

WORLDS = {
    "calm": Habits(),
    "always the same song": Habits(songs=1),
    "rows told twice": Habits(told_twice=0.2, clock=-144 * SECOND),
    "starts for ends": Habits(flips=1, repeats=0.9),
    "pauses": Habits(pauses=0.3, repeats=0.9, missed=0.2),
    "echoes and bulk": Habits(echoes=0.05, missed=0.1, repeats=0.9, bulk=0.2),
    "some of all": Habits(pauses=0.1, flips=0.02, missed=0.05, echoes=0.02, told_twice=0.05, bulk=0.05),
}

Final = Counter[tuple[datetime, str, int | None, int]]


class Recorder:
    """What the store does, with everything in memory and always in sight."""

    def __init__(self) -> None:
        self.plays: dict[str, Play] = {}
        self.rows: dict[tuple[int, int], Row] = {}

    def show(self, sights: Sequence[Sight]) -> None:
        there = {play.key: play for play in self.plays.values()}
        for sight in sights:
            known = there.get((when(sight.at), track(sight)))
            play = known or Play(str(sight.key), when(sight.at), track(sight), None, 0)
            self.plays[play.play_id] = replace(play, seen_by=play.seen_by | Side.API)
        self.settle([when(sight.at) for sight in sights], [])

    def tell(self, rows: Sequence[Row]) -> None:
        self.settle([row.ended_at for row in rows], rows)

    def settle(self, times: Sequence[datetime], entering: Sequence[Row]) -> None:
        known = Known(list(self.plays.values()), [*self.rows.values(), *entering], SONGS)
        done = placed(known, min(times), max(times))
        for gone in done.removed:
            del self.plays[gone]
        self.plays |= {play.play_id: play for play in (*done.changed, *done.added)}
        links = [(row, None) for row in entering] + done.linked
        self.rows |= {(row.number, row.place): replace(row, entering=False, play_id=link) for row, link in links}

    @property
    def final(self) -> Final:
        assert len({play.key for play in self.plays.values()}) == len(self.plays)
        return Counter((each.played_at, each.track_id, each.ms_played, each.seen_by) for each in self.plays.values())


def when(at: int) -> datetime:
    return EPOCH + timedelta(milliseconds=at)


def track(sight: Sight) -> str:
    return f"local:{min(sight.songs)}" if sight.side is Side.ACCOUNT else min(sight.songs)


def rows(made: World, side: Side) -> list[Row]:
    return [
        Row(
            ended_at=when(sight.at),
            number=side,
            place=place,
            file=0,
            ms_played=sight.ms_played or 0,
            to_the_minute=side is Side.ACCOUNT,
            track_id=track(sight),
            started_at=None if sight.started is None else when(sight.started),
            play_id=None,
            entering=True,
        )
        for place, sight in enumerate(sight for sight in made.sights if sight.side is side)
    ]


def portions(told: Sequence[Row], size: int) -> Iterator[list[Row]]:
    """About so many in the order of time; never are two of one time apart."""
    part: list[Row] = []
    for row in sorted(told, key=lambda each: each.ended_at):
        if len(part) >= size and row.ended_at != part[-1].ended_at:
            yield part
            part = []
        part.append(row)
    yield part


@pytest.mark.parametrize("habits", WORLDS.values(), ids=WORLDS)
@pytest.mark.parametrize("seed", range(4))
def test_any_order_gives_the_same_plays(habits: Habits, seed: int) -> None:
    made, dice = world(seed, habits, plays=60), Random(seed)
    polled = [sight for sight in made.sights if sight.side is Side.API]
    told = [rows(made, side) for side in (Side.EXTENDED, Side.ACCOUNT)]
    pages = [polled[n : n + 3] for n in range(0, len(polled), 3)]
    dice.shuffle(pages)
    strands = [[page] for page in pages] + [list(portions(part, 11)) for part in told]

    recorder, at_once = Recorder(), Recorder()
    while strands:
        strand = dice.choice(strands)
        some = strand.pop(0)
        if isinstance(some[0], Row):
            recorder.tell(some)
        else:
            recorder.show(some)
        strands = [each for each in strands if each]
    at_once.plays = {str(sight.key): Play(str(sight.key), when(sight.at), track(sight), None, 1) for sight in polled}
    at_once.settle([LONG_AGO, NEVER], [*told[0], *told[1]])

    assert recorder.final == at_once.final
