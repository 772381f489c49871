"""The busiest window of a log of arrivals."""

from hypothesis import given
from hypothesis import strategies as st

from spindle.simulator.logic.windows import busiest


@given(st.lists(st.integers(0, 300), max_size=40), st.integers(1, 60))
def test_no_window_of_that_length_holds_more_and_one_holds_as_many(times: list[int], window: int) -> None:
    arrivals = sorted(times)

    most = busiest(arrivals, window)

    held = [sum(start <= at < start + window for at in arrivals) for start in range(301)]
    assert most == max(held)


def test_what_comes_a_whole_window_later_belongs_to_the_next() -> None:
    assert busiest([0, 30_000], 30_000) == 1
    assert busiest([0, 29_999], 30_000) == 2
    assert busiest([], 30_000) == 0
