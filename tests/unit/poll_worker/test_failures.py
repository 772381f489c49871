"""What follows a poll that could not be made: the chain goes on, unless the link is broken."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.poll_worker.logic.failures import FIRST_RETRY, LONGEST_RETRY, failed, retry_after
from spindle.shared.ids import Kind, new_job
from spindle.shared.messages.jobs import JobDelayed, JobEnded, Reason, Status, Verdict
from spindle.shared.messages.plays import PollPlays
from spindle.shared.messages.users import AccountUnlinked
from spindle.shared.outcomes import SPREAD, spread
from spindle.shared.spotify.errors import (
    BadClient,
    Disconnected,
    Forbidden,
    Malformed,
    RateLimited,
    Refusal,
    SpotifyError,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from spindle.shared.spotify.seal import BrokenSeal

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
NEWEST = NOW - timedelta(hours=3)

PASSING = [
    Unreachable(),
    Unavailable(503),
    Malformed(),
    Unauthorized(),
    Forbidden(Refusal.PREMIUM),
    BadClient(),
    SpotifyError(),
    BrokenSeal(),
]
every_passing_error = pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)


def poll(failures: int = 0, attempt: int = 0) -> PollPlays:
    job = new_job(Kind.POLL, USER)
    due_at = NOW - timedelta(hours=1)
    return PollPlays(user=USER, job=job, started_at=due_at, newest=NEWEST, failures=failures, attempt=attempt)


def test_a_refused_link_ends_the_chain_and_is_told() -> None:
    step, error = poll(failures=2), Disconnected("invalid_grant")

    outcome = failed(step, error, NOW)

    verdict = Verdict(status=Status.ERROR, reason=Reason.DISCONNECTED, error=str(error))
    ended = JobEnded(
        user=USER, job=step.job, step=1, started_at=NOW, ended_at=NOW, verdict=verdict, requests=1, next_poll_at=None
    )
    assert outcome.facts == (ended, AccountUnlinked(user=USER, unlinked_at=NOW, why="invalid_grant"))
    assert outcome.successor is None


@pytest.mark.parametrize("seconds", [1, 30, 3600, 86_400])
@pytest.mark.parametrize("quota", [False, True])
def test_a_closed_door_delays_the_very_same_poll(seconds: int, quota: bool) -> None:
    step, error = poll(failures=2, attempt=3), RateLimited(timedelta(seconds=seconds), quota=quota)

    outcome = failed(step, error, NOW)

    until = NOW + timedelta(seconds=seconds)
    assert outcome.at == until
    assert isinstance(outcome.successor, PollPlays)
    assert outcome.successor == step.model_copy(update={"attempt": 4, "why": str(error), "started_at": NOW})
    assert outcome.facts == (
        JobDelayed(
            user=USER,
            job=step.job,
            step=1,
            attempt=4,
            started_at=NOW,
            delayed_at=NOW,
            waiting_until=until,
            error=str(error),
            requests=1,
        ),
    )


def test_a_poll_that_is_refused_again_and_again_tells_every_delay() -> None:
    step, told = poll(), set[str]()

    for _ in range(5):
        outcome = failed(step, RateLimited(timedelta(seconds=30)), NOW)
        told |= {str(fact.identity) for fact in outcome.facts}
        assert isinstance(outcome.successor, PollPlays)
        step = outcome.successor

    assert len(told) == 5


@every_passing_error
def test_after_any_other_error_this_poll_has_failed_and_another_comes_later(error: Exception) -> None:
    step = poll(failures=1)

    outcome = failed(step, error, NOW)

    at = NOW + spread(retry_after(1), USER)
    verdict = Verdict(status=Status.ERROR, error=str(error), waiting_until=at)
    assert outcome.facts == (
        JobEnded(
            user=USER, job=step.job, step=1, started_at=NOW, ended_at=NOW, verdict=verdict, requests=1, next_poll_at=at
        ),
    )
    assert isinstance(outcome.successor, PollPlays)
    assert outcome.at == outcome.successor.started_at == at
    assert outcome.successor.job != step.job
    assert (outcome.successor.failures, outcome.successor.newest) == (2, NEWEST)


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        (0, timedelta(seconds=30)),
        (1, timedelta(seconds=60)),
        (2, timedelta(seconds=120)),
        (7, timedelta(seconds=3840)),
        (8, timedelta(hours=2)),
        (9, timedelta(hours=2)),
        (11, timedelta(hours=2)),
        (10**6, timedelta(hours=2)),
    ],
)
def test_the_wait_doubles_with_every_failure_in_a_row(failures: int, expected: timedelta) -> None:
    assert retry_after(failures) == expected


@given(failures=st.integers(0, 10**9))
def test_the_wait_stays_in_its_bounds_and_never_shrinks(failures: int) -> None:
    assert FIRST_RETRY <= retry_after(failures) <= retry_after(failures + 1) <= LONGEST_RETRY


@given(errors=st.lists(st.sampled_from([*PASSING, RateLimited(timedelta(seconds=7))]), min_size=1, max_size=40))
def test_no_row_of_errors_ends_a_chain_or_hurries_it(errors: list[Exception]) -> None:
    step, at = poll(), NOW

    for error in errors:
        outcome = failed(step, error, at)

        assert isinstance(outcome.successor, PollPlays)
        assert outcome.at is not None
        assert timedelta(seconds=7) <= outcome.at - at <= LONGEST_RETRY + SPREAD
        step, at = outcome.successor, outcome.at

    assert step.failures == sum(1 for error in errors if not isinstance(error, RateLimited))
    assert step.newest == NEWEST
