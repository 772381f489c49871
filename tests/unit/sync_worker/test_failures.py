"""What follows a step that could not be made: again later, or another run from where this one stood."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.ids import Kind, new_job, parts
from spindle.shared.messages.jobs import JobDelayed, JobEnded, Reason, Status, Verdict
from spindle.shared.messages.plays import SyncPlays
from spindle.shared.messages.users import AccountUnlinked
from spindle.shared.outcomes import SPREAD, Outcome, spread
from spindle.shared.spotify.errors import (
    BadClient,
    Disconnected,
    Forbidden,
    Malformed,
    RateLimited,
    Refusal,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from spindle.shared.spotify.seal import BrokenSeal
from spindle.sync_worker.logic.failures import ANOTHER_RUN_AFTER, FIRST_RETRY, RETRIES, failed
from spindle.sync_worker.logic.plays import Limits

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
BEFORE = NOW - timedelta(days=3)
LIMITS = Limits(age=timedelta(days=30), requests=200, rate_limits=3)
WAIT = timedelta(seconds=90)

PASSING = [
    Unreachable(),
    Unavailable(503),
    Malformed(),
    Unauthorized(),
    Forbidden(Refusal.SCOPE),
    BadClient(),
    BrokenSeal(),
]
every_passing_error = pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)


def sync(attempt: int = 0, rate_limits: int = 0, failures: int = 0, requests: int = 7) -> SyncPlays:
    return SyncPlays(
        user=USER,
        job=new_job(Kind.INITIAL, USER),
        step=4,
        started_at=NOW - timedelta(minutes=3),
        attempt=attempt,
        failures=failures,
        before=BEFORE,
        rate_limits=rate_limits,
        requests=requests,
    )


def delay(step: SyncPlays, attempt: int, until: datetime, error: Exception) -> JobDelayed:
    return JobDelayed(
        user=USER,
        job=step.job,
        step=4,
        attempt=attempt,
        started_at=step.started_at,
        delayed_at=NOW,
        waiting_until=until,
        error=str(error),
        requests=1,
    )


def end(step: SyncPlays, verdict: Verdict) -> JobEnded:
    return JobEnded(
        user=USER, job=step.job, step=4, started_at=step.started_at, ended_at=NOW, verdict=verdict, requests=1
    )


def another_run_of(step: SyncPlays, outcome: Outcome, error: Exception) -> SyncPlays:
    """The successor, which must stand at the same cursor with nothing else on its record but why it waits."""
    found = outcome.successor
    assert isinstance(found, SyncPlays)
    assert outcome.at is not None
    assert found.job != step.job
    assert parts(found.job) == (Kind.INITIAL, USER)
    assert found == SyncPlays(user=USER, job=found.job, started_at=outcome.at, before=BEFORE, why=str(error))
    return found


def test_a_refused_link_ends_the_sync_and_is_told() -> None:
    step, error = sync(attempt=1), Disconnected("invalid_grant")

    outcome = failed(LIMITS, step, error, NOW)

    verdict = Verdict(status=Status.ERROR, reason=Reason.DISCONNECTED, error=str(error))
    assert outcome.facts == (end(step, verdict), AccountUnlinked(user=USER, unlinked_at=NOW, why="invalid_grant"))
    assert outcome.successor is None


@every_passing_error
@pytest.mark.parametrize("failures", range(RETRIES))
def test_a_step_is_tried_again_each_time_twice_as_late(error: Exception, failures: int) -> None:
    step = sync(attempt=5, failures=failures)

    outcome = failed(LIMITS, step, error, NOW)

    until = NOW + spread(timedelta(seconds=10 * 2**failures), USER)
    assert outcome.at == until
    counted = {"attempt": 6, "failures": failures + 1, "requests": 8}
    assert outcome.successor == step.model_copy(update=counted | {"why": str(error)})
    assert outcome.facts == (delay(step, 6, until, error),)


@every_passing_error
@pytest.mark.parametrize("failures", [RETRIES, RETRIES + 1, 10**6])
def test_a_step_without_hope_ends_its_run_and_another_one_follows(error: Exception, failures: int) -> None:
    step = sync(failures=failures)

    outcome = failed(LIMITS, step, error, NOW)

    assert outcome.at == NOW + spread(ANOTHER_RUN_AFTER, USER)
    assert outcome.facts == (end(step, Verdict(status=Status.ERROR, error=str(error), waiting_until=outcome.at)),)
    another_run_of(step, outcome, error)


def test_the_last_retry_comes_forty_minutes_after_the_first_failure() -> None:
    waits = [FIRST_RETRY * 2**attempt for attempt in range(RETRIES)]

    assert timedelta(minutes=40) <= sum(waits, timedelta()) <= timedelta(minutes=45)


@pytest.mark.parametrize("so_far", [0, 1])
def test_a_closed_door_delays_the_very_same_step(so_far: int) -> None:
    step, error = sync(rate_limits=so_far), RateLimited(WAIT)

    outcome = failed(LIMITS, step, error, NOW)

    until = NOW + WAIT
    assert outcome.at == until
    counted = {"rate_limits": so_far + 1, "attempt": 1, "requests": 8}
    assert outcome.successor == step.model_copy(update=counted | {"why": str(error)})
    assert outcome.facts == (delay(step, 1, until, error),)


@pytest.mark.parametrize("so_far", [2, 3, 99])
def test_too_many_rate_limits_leave_the_sync_incomplete_and_another_run_takes_over(so_far: int) -> None:
    step, error = sync(rate_limits=so_far), RateLimited(WAIT)

    outcome = failed(LIMITS, step, error, NOW)

    assert outcome.at == NOW + WAIT
    verdict = Verdict(status=Status.PARTIAL, reason=Reason.RATE_LIMITED, error=str(error), waiting_until=outcome.at)
    assert outcome.facts == (end(step, verdict),)
    another_run_of(step, outcome, error)


@given(limit=st.integers(1, 20))
def test_a_run_ends_at_exactly_so_many_rate_limits(limit: int) -> None:
    limits, step, refused = Limits(LIMITS.age, LIMITS.requests, limit), sync(), 0

    while True:
        refused += 1
        outcome = failed(limits, step, RateLimited(WAIT), NOW)
        if isinstance(outcome.facts[0], JobEnded):
            break
        assert isinstance(outcome.successor, SyncPlays)
        step = outcome.successor

    assert refused == limit


@given(errors=st.lists(st.sampled_from([*PASSING, RateLimited(WAIT)]), min_size=1, max_size=60))
def test_no_row_of_errors_loses_the_cursor_or_hurries(errors: list[Exception]) -> None:
    step, at, told = sync(), NOW, list[str | None]()

    for error in errors:
        outcome = failed(LIMITS, step, error, at)

        assert isinstance(outcome.successor, SyncPlays)
        assert outcome.successor.before == BEFORE
        assert outcome.at is not None
        assert FIRST_RETRY <= outcome.at - at <= ANOTHER_RUN_AFTER + SPREAD
        told += [fact.identity for fact in outcome.facts]
        step, at = outcome.successor, outcome.at

    assert len(told) == len(set(told)) == len(errors)
