"""When plays appear, and when they are out of reach for good."""

from hypothesis import given
from hypothesis import strategies as st

from spindle.simulator.logic.visibility import LATEST_MS, Freeze, delay, sights, visible, visible_at
from spindle.simulator.worlds.plays import Hidden, Play

_MINUTE, _HOUR = 60_000, 3_600_000


def test_as_many_plays_are_late_as_were_measured() -> None:
    drawn = [delay(7, "somebody", at) for at in range(50_000)]

    late = [sum(one > limit for one in drawn) / len(drawn) for limit in (_MINUTE, 10 * _MINUTE, _HOUR)]

    assert [round(share, 3) for share in late] == [0.02, 0.017, 0.008]
    assert min(drawn) >= 1_000
    assert 8 * _HOUR < max(drawn) <= LATEST_MS


def test_a_play_is_always_late_by_the_same_time() -> None:
    assert delay(7, "somebody", 12) == delay(7, "somebody", 12)
    assert delay(7, "somebody", 12) != delay(8, "somebody", 12)


def test_a_hidden_play_is_never_visible() -> None:
    assert visible_at(Play(1_000, 5_000, None, hidden=Hidden.SHORT), 0, ()) is None


def test_what_a_script_says_goes_before_what_is_drawn() -> None:
    assert visible_at(Play(1_000, 200_000, None, visible_at=9_000), 77, ()) == 9_000


def test_a_frozen_api_shows_nothing_new_until_it_thaws() -> None:
    play = Play(1_000, 200_000, None)

    assert visible_at(play, 10, [Freeze(1_011)]) == 1_010
    assert visible_at(play, 10, [Freeze(1_010)]) is None
    assert visible_at(play, 10, [Freeze(900, 5_000)]) == 5_000
    assert visible_at(play, 10, [Freeze(900, 1_010)]) == 1_010


_WORLD = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200)), max_size=40, unique_by=lambda one: one[0])


@given(world=_WORLD, reach=st.integers(1, 6))
def test_a_play_is_shown_if_and_only_if_some_moment_shows_it(world: list[tuple[int, int]], reach: int) -> None:
    plays = [Play(at, 200_000, None, visible_at=at + late) for at, late in sorted(world, reverse=True)]

    told = {sight.play.played_at for sight in sights(plays, lambda play: play.visible_at, reach) if sight.shown}

    seen = set[int]()
    for now in range(501):
        seen |= {play.played_at for play in list(visible(plays, lambda play: play.visible_at, now))[:reach]}
    assert told == seen


def test_a_play_is_reachable_until_enough_newer_ones_are_visible() -> None:
    plays = [Play(30, 0, None), Play(20, 0, None), Play(10, 0, None)]

    found = list(sights(plays, lambda play: play.played_at + 5, 2))

    assert [sight.reachable_until for sight in found] == [None, None, 35]
    assert [sight.reachable_until for sight in sights(plays, lambda play: play.played_at, None)] == [None] * 3
