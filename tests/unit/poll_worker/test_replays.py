"""The worker's policy on listening of old: no play is lost, for far fewer calls than every ten minutes.

The exact figures are those of `bench/polling.py`; here the margins are wide. `EXPORTS` names folders of real exports.
"""

import os
from pathlib import Path

import habits
import pytest
from replaying import exported, ours, replay

EXPORTS = [Path(each) for each in os.environ.get("EXPORTS", "").split(os.pathsep) if each]
PLAIN = ("evenings", "office hours", "night shifts", "weekends only", "bursts", "changes time zone")


@pytest.mark.parametrize("habit", PLAIN)
def test_of_ordinary_habits_nothing_is_lost_for_a_third_of_the_calls(habit: str) -> None:
    found = replay(habits.ends(habit, seed=20), ours())

    assert found.lost == 0
    assert found.a_day < 48
    assert found.quantile(0.5) < 15
    assert found.quantile(0.95) < 75


@pytest.mark.parametrize("habit", sorted(set(habits.HABITS) - set(PLAIN)))
def test_of_odd_habits_nothing_is_lost_either(habit: str) -> None:
    found = replay(habits.ends(habit, seed=20), ours())

    assert found.lost == 0
    assert found.a_day < 100


@pytest.mark.skipif(not EXPORTS, reason="needs exports, in EXPORTS")
def test_of_real_people_nothing_is_lost() -> None:
    for place in EXPORTS:
        ends = exported(place)
        found = replay(ends, ours()) if ends else None

        assert found is None or (found.lost, found.a_day < 72) == (0, True), place.name
