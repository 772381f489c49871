"""Simulated time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.simulator.clock import Clock, iso, moment, unix_ms

_START = datetime(2026, 11, 21, 10, tzinfo=UTC)


class _Ticks:
    """Real time that passes when the test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_clock_runs_as_fast_as_it_is_told() -> None:
    ticks = _Ticks()
    clock = Clock(_START, speed=60, monotonic=ticks)

    ticks.seconds += 2

    assert clock.now == _START + timedelta(minutes=2)


def test_a_change_of_speed_counts_from_now_on() -> None:
    ticks = _Ticks()
    clock = Clock(_START, monotonic=ticks)

    ticks.seconds += 10
    clock.run(100)
    ticks.seconds += 1

    assert clock.now == _START + timedelta(seconds=110)


def test_a_frozen_clock_stands_and_can_still_be_moved() -> None:
    ticks = _Ticks()
    clock = Clock(_START, speed=0, monotonic=ticks)

    ticks.seconds += 1_000
    clock.advance(timedelta(hours=1))

    assert clock.now == _START + timedelta(hours=1)
    clock.set(_START)
    assert clock.now == _START


@pytest.mark.parametrize("speed", [-1, 1e9, float("nan")])
def test_no_clock_runs_backwards(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Clock(_START, speed)


@given(st.integers(0, 4_000_000_000_000))
def test_no_millisecond_is_lost_on_the_way(ms: int) -> None:
    assert unix_ms(moment(ms)) == ms
    assert unix_ms(datetime.fromisoformat(iso(ms))) == ms
    assert unix_ms(datetime.fromisoformat(iso(ms, drop_zero=True))) == ms


def test_a_fraction_of_zero_is_dropped() -> None:
    assert iso(1_795_229_398_000, drop_zero=True) == "2026-11-21T02:49:58Z"
    assert iso(1_795_229_398_001, drop_zero=True) == "2026-11-21T02:49:58.001Z"
