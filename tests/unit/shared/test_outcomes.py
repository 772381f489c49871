"""What may follow a step, and how those who wait for the same moment are kept apart."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.bus.letters import NEVER
from spindle.shared.ids import Kind, new_job, new_user
from spindle.shared.messages.plays import PollPlays
from spindle.shared.outcomes import SPREAD, Outcome, parked, put_off, spread

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
STEP = PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW)

USERS = st.uuids().map(str)
WAITS = st.integers(0, 10**9).map(lambda ms: timedelta(milliseconds=ms))


def test_a_parked_step_waits_for_ever_and_nobody_hears_of_it() -> None:
    step = STEP.model_copy(update={"why": "it is paused"})

    assert parked(STEP) == Outcome(facts=(), successor=step, at=NEVER)


def test_a_step_that_is_put_off_is_the_same_step_later_and_says_why() -> None:
    step = STEP.model_copy(update={"why": "others first", "due_at": NOW})

    assert put_off(STEP, NOW, "others first", due_at=NOW) == Outcome(facts=(), successor=step, at=NOW)


@given(wait=WAITS, user=USERS)
def test_a_wait_is_never_cut_short_and_a_little_longer_at_most(wait: timedelta, user: str) -> None:
    assert wait <= spread(wait, user) <= wait + min(wait / 10, SPREAD)


@given(wait=WAITS, user=USERS)
def test_a_listener_always_waits_equally_long_and_to_the_millisecond(wait: timedelta, user: str) -> None:
    assert spread(wait, user) == spread(wait, user)
    assert spread(wait, user).microseconds % 1000 == 0


@pytest.mark.parametrize("wait", [timedelta(seconds=1), timedelta(minutes=10), timedelta(hours=6)])
def test_a_hundred_listeners_come_at_different_times(wait: timedelta) -> None:
    users = [new_user() for _ in range(100)]

    waits = {spread(wait, user) for user in users}

    assert len(waits) > 50
    assert max(waits) - min(waits) > min(wait / 10, SPREAD) / 2
