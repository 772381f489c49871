"""How late polls are, and what is told of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.recorder.logic.lags import KEPT, more, poll_lag
from spindle.shared.messages.ask import PollLag

NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
MS = timedelta(milliseconds=1)


def test_a_lag_is_what_passed_from_due_to_committed_and_the_newest_hundred_are_kept() -> None:
    kept = more((), [NOW - 1500 * MS, NOW - timedelta(microseconds=2999)], NOW)

    assert kept == (1500, 2)
    assert more(range(KEPT), [NOW - 7 * MS], NOW) == (*range(1, KEPT), 7)
    assert more((), [NOW - n * MS for n in range(300)], NOW) == tuple(range(300 - KEPT, 300))
    assert more(kept, [], NOW) == kept


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (datetime(2200, 1, 1, tzinfo=UTC), 0),
        (datetime.max.replace(tzinfo=UTC), 0),
        (datetime(1970, 1, 1, tzinfo=UTC), 2**31 - 1),
        (datetime.min.replace(tzinfo=UTC), 2**31 - 1),
    ],
)
def test_clocks_that_are_wrong_give_no_lag_or_a_very_long_one(due: datetime, expected: int) -> None:
    assert more((), [due], NOW) == (expected,)


@pytest.mark.parametrize(
    ("lags", "p50", "p95"),
    [
        ([7], 7, 7),
        ([1, 9], 1, 9),
        ([3, 1, 2], 2, 3),
        ([4, 3, 2, 1], 2, 4),
        (range(1, 20), 10, 19),
        (range(1, 21), 10, 19),
        (range(1, 22), 11, 20),
        (range(100, 0, -1), 50, 95),
    ],
)
def test_percentiles_are_by_nearest_rank(lags: list[int], p50: int, p95: int) -> None:
    assert poll_lag(lags) == PollLag(p50=p50 * MS, p95=p95 * MS, polls=len(lags))


def test_before_the_first_poll_there_is_no_lag() -> None:
    assert poll_lag([]) is None


@given(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=KEPT))
def test_so_many_lags_are_not_above_a_percentile_and_the_rest_is_not_below(lags: list[int]) -> None:
    told = poll_lag(lags)

    assert told is not None
    for percent, value in ((50, told.p50), (95, told.p95)):
        assert sum(each * MS <= value for each in lags) * 100 >= percent * len(lags)
        assert sum(each * MS < value for each in lags) * 100 < percent * len(lags)
