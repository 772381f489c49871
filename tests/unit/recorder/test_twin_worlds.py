"""The plays that are found in seeded worlds are those that were played."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

import pytest

from spindle.recorder.logic.twins import Side, Sight, judged

from .listening import MINUTE, SECOND, Habits, world

SEEDS = range(12)
SIDES = {
    "api and extended": {Side.API, Side.EXTENDED},
    "api and account": {Side.API, Side.ACCOUNT},
    "extended and account": {Side.EXTENDED, Side.ACCOUNT},
    "all": set(Side),
}

CERTAIN = {
    "calm": Habits(),
    "always the same song": Habits(songs=1),
    "rows told twice": Habits(told_twice=0.1),
    "a clock that is off": Habits(told_twice=0.1, clock=-144 * SECOND),
}
EXACT = CERTAIN | {
    "starts for ends, sometimes": Habits(flips=0.01),
    "starts for ends, always": Habits(flips=1),
}
DOUBTFUL = {
    "a pause now and then": (Habits(pauses=0.05), 0.5),
    "pauses all the time": (Habits(pauses=0.3, repeats=0.9), 2),
    "pauses in short songs": (Habits(pauses=0.3, repeats=0.9, lengths=(35 * SECOND, 90 * SECOND)), 5),
    "pauses and missed polls": (Habits(pauses=0.3, repeats=0.9, missed=0.2), 15),
    "skips and repeats": (Habits(skips=0.6, repeats=0.6), 0),
    "missed polls": (Habits(missed=0.1), 1),
    "echoes": (Habits(echoes=0.005, missed=0.02), 5),
    "some of all": (Habits(pauses=0.1, flips=0.01, missed=0.05, echoes=0.01, told_twice=0.02, clock=7 * MINUTE), 8),
}


def alike(plays: Iterable[Iterable[Sight]], among: Collection[Sight]) -> Counter[frozenset[Sight]]:
    """What they are among these sights. Two that differ in nothing but their keys may stand for each other."""
    known = set(among)
    left = (frozenset(replace(sight, key=None) for sight in play if sight in known) for play in plays)
    return Counter(play for play in left if play)


@pytest.mark.parametrize("sides", SIDES.values(), ids=SIDES)
@pytest.mark.parametrize("habits", EXACT.values(), ids=EXACT)
def test_without_pauses_every_play_is_found(habits: Habits, sides: set[Side]) -> None:
    for seed in SEEDS:
        made = world(seed, habits)
        sights = [sight for sight in made.sights if sight.side in sides]

        assert alike(judged(sights), sights) == alike(made.plays, sights), seed


@pytest.mark.parametrize(("habits", "most"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_with_pauses_and_holes_few_in_a_thousand_are_not(habits: Habits, most: float) -> None:
    worlds = [world(seed, habits) for seed in SEEDS]

    wrong = sum(len(set(made.plays) - {frozenset(play) for play in judged(made.sights)}) for made in worlds)

    assert 1000 * wrong / sum(len(made.plays) for made in worlds) <= most


@pytest.mark.parametrize("habits", CERTAIN.values(), ids=CERTAIN)
def test_what_a_stretch_of_plays_says_stays_true_among_its_neighbours(habits: Habits) -> None:
    for seed in SEEDS:
        plays = world(seed, habits, plays=60).plays

        for first in range(0, len(plays), 3):
            stretch = plays[first : first + 15]
            known = [sight for play in stretch for sight in play]

            assert alike(judged(known), known) == alike(stretch, known), (seed, first)
