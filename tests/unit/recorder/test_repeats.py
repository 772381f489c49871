from datetime import timedelta

import pytest

from spindle.recorder.logic.repeats import spans
from spindle.recorder.logic.twins import Side, Sight

MINUTE = timedelta(minutes=1) // timedelta(milliseconds=1)


def row(minute: float, song: str = "a", minutes: float = 3) -> Sight:
    return Sight((minute, song), Side.EXTENDED, int(minute * MINUTE), frozenset({song}), int(minutes * MINUTE))


def poll(minute: float, *songs: str) -> Sight:
    return Sight((minute, songs), Side.API, int(minute * MINUTE), frozenset(songs or {"a"}))


def minutes(found: list[tuple[int, int]]) -> list[tuple[float, float]]:
    return [(begin / MINUTE, end / MINUTE) for begin, end in found]


def test_a_play_by_itself_goes_from_its_start_to_its_end() -> None:
    assert minutes(spans([row(10), row(20)], [row(10)])) == [(7, 10)]


def test_plays_that_follow_one_another_are_one_run() -> None:
    played = [row(3 * n) for n in range(1, 9)]

    assert minutes(spans(played, [played[4]])) == [(0, 24)]
    assert minutes(spans(played, played)) == [(0, 24)]


def test_another_song_is_no_repeat() -> None:
    assert minutes(spans([row(3), row(6, "b"), row(9)], [row(6, "b")])) == [(3, 6)]


@pytest.mark.parametrize(("later", "run"), [(3, (7, 16)), (3.1, (7, 10))])
def test_a_run_ends_with_a_pause(later: float, run: tuple[float, float]) -> None:
    assert minutes(spans([row(10), row(13 + later)], [row(10)])) == [run]


def test_a_song_is_known_by_any_of_its_names() -> None:
    played = [row(3, "a"), poll(6, "a", "b"), row(9, "b")]

    assert minutes(spans(played, [played[2]])) == [(0, 9)]
