"""The budget: never more calls in 30 seconds, and hardly fewer."""

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.spotify.budget import LATE, SHARE, WINDOW, Book, reserved, spacing, used

SECONDS = WINDOW.total_seconds()

asked = st.lists(
    st.tuples(
        st.floats(0, 3, allow_subnormal=False),  # seconds since the one before
        st.integers(1, 40),  # how many turns are wanted
        st.sampled_from([0.1, 0.5, 1.0]),  # how far ahead they may be
    ),
    min_size=1,
    max_size=200,
)


def turns(calls: int, asked: list[tuple[float, int, float]], since: float = 1_790_000_000.0) -> list[float]:
    """What everybody got."""
    book, now, got = Book(), since, []
    for pause, wanted, ahead in asked:
        now += pause
        book, new = reserved(book, wanted, calls, now, ahead)
        got += new
    return got


def most(times: list[float]) -> int:
    """The largest number of calls in any 30 seconds."""
    ordered = sorted(times)
    return max((number + 1 - bisect_left(ordered, at - SECONDS) for number, at in enumerate(ordered)), default=0)


@given(calls=st.integers(1, 300), asked=asked, delays=st.lists(st.floats(0, LATE.total_seconds()), min_size=1))
def test_no_30_seconds_ever_see_more_calls_than_the_budget_however_late_each_comes(
    calls: int, asked: list[tuple[float, int, float]], delays: list[float]
) -> None:
    got = turns(calls, asked)

    late = [turn + delays[number % len(delays)] for number, turn in enumerate(got)]

    assert most(late) <= calls


@given(calls=st.integers(1, 500))
def test_whoever_always_asks_gets_all_but_the_share_that_is_left_free(calls: int) -> None:
    got = turns(calls, [(0.05, 1000, 0.5)] * 2400)  # two minutes

    assert len(got) >= int(calls * SHARE * 4) - 1


@given(calls=st.integers(1, 300), asked=asked)
def test_nobody_gets_a_turn_later_than_they_may_or_one_that_has_passed(
    calls: int, asked: list[tuple[float, int, float]]
) -> None:
    book, now = Book(), 1_790_000_000.0
    for pause, wanted, ahead in asked:
        now += pause
        book, new = reserved(book, wanted, calls, now, ahead)

        assert len(new) <= wanted
        assert all(now <= turn <= now + ahead for turn in new)


def test_a_sync_gets_nothing_while_polls_are_half_a_second_ahead() -> None:
    book, polls = reserved(Book(), 100, 90, 1000.0, 0.5)

    assert len(polls) == 2
    assert reserved(book, 1, 90, 1000.0, 0.1)[1] == []
    assert reserved(book, 1, 90, 1000.2, 0.5)[1] == pytest.approx([1000.0 + 2 * spacing(90)])


def test_a_book_of_a_clock_a_year_ahead_stops_nobody() -> None:
    ahead = Book(next_at=1_821_000_000.0)

    assert reserved(ahead, 1, 90, 1_790_000_000.0, 0.5)[1] == [1_790_000_000.5]


@given(calls=st.integers(10, 300))
def test_what_is_told_of_the_last_30_seconds_is_about_right(calls: int) -> None:
    book, now, got = Book(), 1_790_000_000.0, []
    for _ in range(900):
        now += 0.1
        book, new = reserved(book, 10, calls, now, 0.5)
        got += new

    told = used(book, now)

    assert abs(told - sum(now - SECONDS < turn <= now for turn in got)) <= max(2, calls * 0.05)
    assert used(book, now + 61) == 0


def test_the_book_tells_those_who_look_what_the_budget_is() -> None:
    book, _ = reserved(Book(), 1, 90, 1000.0, 0.5)
    raised, _ = reserved(book, 1, 120, 1001.0, 0.5)

    assert (book.calls, raised.calls) == (90, 120)
