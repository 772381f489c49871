"""The worker's policy on listening of old: no play is lost, for far fewer calls than every ten minutes.

The exact figures are those of `bench/polling.py`; here the margins are wide. Real exports are in a shared folder beside
this project, not in it.
"""

from pathlib import Path

import habits
import pytest
from replaying import exported, ours, replay

EXPORTS = Path(__file__).parents[4] / "shared" / "spotify" / "exports"
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


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the shared folder is not here")
def test_of_real_people_nothing_is_lost() -> None:
    people = {place.name: ends for place in sorted(EXPORTS.iterdir()) if (ends := exported(place))}
    found = {name: replay(ends, ours()) for name, ends in people.items()}

    assert found
    assert {name: one.lost for name, one in found.items()} == dict.fromkeys(found, 0)
    assert all(one.a_day < 72 for one in found.values())
