"""What follows a poll that could not be made: the chain goes on, unless the link is broken."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.poll_worker.logic.failures import ALARM_AFTER, FIRST_RETRY, LONGEST_RETRY, failed, retry_after
from spindle.shared.ids import Kind, new_job
from spindle.shared.messages.jobs import JobDelayed, JobEnded, Reason, Status, Verdict
from spindle.shared.messages.plays import PollPlays
from spindle.shared.messages.users import AccountUnlinked
from spindle.shared.outcomes import Outcome
from spindle.shared.spotify.errors import (
    BadClient,
    BadRequest,
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

MAY_PASS = (Refusal.UNKNOWN, Refusal.PROXY)
PASSING = [
    Unreachable(),
    Unavailable(503),
    Malformed(),
    Unauthorized(),
    BadRequest(400),
    *(Forbidden(kind) for kind in MAY_PASS),
    SpotifyError(),
]
TO_BE_MENDED = [
    *(Forbidden(kind) for kind in Refusal if kind not in MAY_PASS),
    BadClient(),
    BrokenSeal(),
]
every_error = pytest.mark.parametrize("error", [*PASSING, *TO_BE_MENDED], ids=repr)


HOUR = timedelta(hours=1)


def poll(failures: int = 0, attempt: int = 0) -> PollPlays:
    job = new_job(Kind.POLL, USER)
    due_at = NOW - HOUR
    return PollPlays(user=USER, job=job, started_at=due_at, newest=NEWEST, failures=failures, attempt=attempt)


def failing(since: timedelta, alarmed: bool = False) -> PollPlays:
    """It was due so long after the first of its row had failed."""
    step = poll(failures=20)
    return step.model_copy(update={"failing_since": step.started_at - since, "alarmed": alarmed})


def catching_up(began: timedelta = timedelta(minutes=1)) -> PollPlays:
    """Whose first page came so long ago."""
    further = {"step": 4, "before": NOW - HOUR, "latest": NOW - began, "started_at": NOW - began}
    return poll(attempt=1).model_copy(update=further)


def following(outcome: Outcome) -> PollPlays:
    assert isinstance(outcome.successor, PollPlays)
    return outcome.successor


def verdict(outcome: Outcome) -> Verdict:
    (fact,) = outcome.facts
    assert isinstance(fact, JobEnded)
    return fact.verdict


def waits(step: PollPlays, error: Exception) -> timedelta:
    at = failed(step, error, NOW).at
    assert at is not None
    return at - NOW


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


@every_error
def test_after_any_other_error_this_poll_has_failed_and_another_comes_later(error: Exception) -> None:
    step = poll(failures=1)

    outcome = failed(step, error, NOW)

    at = NOW + retry_after(step, error)
    how = Verdict(status=Status.ERROR, error=str(error), waiting_until=at, failing_since=NOW)
    assert outcome.facts == (
        JobEnded(
            user=USER, job=step.job, step=1, started_at=NOW, ended_at=NOW, verdict=how, requests=1, next_poll_at=at
        ),
    )
    assert outcome.at == following(outcome).started_at == at
    assert following(outcome).job != step.job
    assert (following(outcome).failures, following(outcome).newest) == (2, NEWEST)
    assert (following(outcome).failing_since, following(outcome).why) == (NOW, str(error))


@pytest.mark.parametrize(
    ("failures", "shortest"),
    [
        (0, timedelta(seconds=30)),
        (1, timedelta(seconds=60)),
        (2, timedelta(seconds=120)),
        (6, timedelta(seconds=1920)),
        (7, timedelta(hours=1)),
        (8, timedelta(hours=1)),
        (10**6, timedelta(hours=1)),
    ],
)
def test_the_wait_doubles_with_every_failure_in_a_row(failures: int, shortest: timedelta) -> None:
    found = [waits(poll(failures), Unreachable()) for _ in range(50)]

    assert shortest <= min(found) < shortest * 1.2
    assert shortest * 1.8 < max(found) < 2 * shortest


@pytest.mark.parametrize("error", TO_BE_MENDED, ids=repr)
def test_where_somebody_has_to_act_first_the_wait_begins_with_a_quarter_of_an_hour(error: Exception) -> None:
    found = [waits(poll(failures=0), error) for _ in range(50)]

    assert timedelta(minutes=15) < min(found) <= max(found) < timedelta(minutes=33)
    assert waits(poll(failures=50), error) <= LONGEST_RETRY


@given(failures=st.integers(0, 10**9), error=st.sampled_from([*PASSING, *TO_BE_MENDED]))
def test_the_wait_stays_in_its_bounds_and_is_one_to_the_millisecond(failures: int, error: Exception) -> None:
    step = poll(failures)

    wait = retry_after(step, error)

    assert FIRST_RETRY <= wait <= LONGEST_RETRY
    assert wait == retry_after(step, error)
    assert wait.microseconds % 1000 == 0


def test_those_who_failed_together_come_back_further_apart_every_time() -> None:
    chains, at, apart = [poll() for _ in range(100)], [NOW] * 100, []

    for _ in range(8):
        outcomes = [failed(step, Unreachable(), now) for step, now in zip(chains, at, strict=True)]
        chains = [following(outcome) for outcome in outcomes]
        at = [step.started_at for step in chains]
        busiest = max(sum(1 for other in at if now <= other < now + timedelta(minutes=1)) for now in at)
        apart.append(busiest)

    assert apart[0] == 100
    assert apart[4] < 30
    assert apart[7] < 10


def test_a_poll_that_fails_a_day_after_the_first_one_says_so() -> None:
    step = failing(ALARM_AFTER)

    outcome = failed(step, Unreachable(), NOW)

    assert (verdict(outcome).alarm, verdict(outcome).failing_since) == (True, step.failing_since)
    assert following(outcome).alarmed


@pytest.mark.parametrize(
    ("step", "alarmed"),
    [
        pytest.param(poll(), False, id="the first of its row"),
        pytest.param(failing(ALARM_AFTER - timedelta(milliseconds=1)), False, id="not for a day yet"),
        pytest.param(failing(3 * ALARM_AFTER, alarmed=True), True, id="it was said before"),
    ],
)
def test_any_other_failed_poll_does_not_say_it(step: PollPlays, alarmed: bool) -> None:
    outcome = failed(step, Unreachable(), NOW)

    assert not verdict(outcome).alarm
    assert following(outcome).alarmed is alarmed


@pytest.mark.parametrize("since", [timedelta(0), ALARM_AFTER - timedelta(milliseconds=1), ALARM_AFTER])
def test_a_poll_that_is_delivered_again_later_says_the_same_of_the_day(since: timedelta) -> None:
    step = failing(since)

    first, again = (failed(step, Unreachable(), at) for at in (NOW, NOW + 3 * HOUR))

    assert first.facts[0].identity == again.facts[0].identity
    assert verdict(first).alarm is verdict(again).alarm is following(again).alarmed


@every_error
def test_an_error_on_the_way_back_keeps_the_cursor(error: Exception) -> None:
    step = catching_up()

    outcome = failed(step, error, NOW)

    again = {"attempt": 2, "failures": 1, "failing_since": NOW, "why": str(error)}
    assert outcome.successor == step.model_copy(update=again)
    assert outcome.at == NOW + retry_after(step, error)
    (fact,) = outcome.facts
    assert isinstance(fact, JobDelayed)
    assert (fact.step, fact.attempt, fact.started_at) == (4, 2, step.started_at)
    assert (fact.waiting_until, fact.error) == (outcome.at, str(error))


def test_a_closed_door_on_the_way_back_keeps_the_cursor_however_long_it_is_closed() -> None:
    step, error = catching_up(began=5 * HOUR), RateLimited(timedelta(days=1))

    outcome = failed(step, error, NOW)

    assert outcome.successor == step.model_copy(update={"attempt": 2, "why": str(error)})


def test_after_hours_on_the_way_back_newer_plays_come_first_and_the_way_begins_anew() -> None:
    step, error = catching_up(began=LONGEST_RETRY), Unreachable()

    outcome = failed(step, error, NOW)

    at = NOW + retry_after(step, error)
    assert verdict(outcome) == Verdict(status=Status.ERROR, error=str(error), waiting_until=at, failing_since=NOW)
    assert outcome.successor == PollPlays(
        user=USER,
        job=following(outcome).job,
        started_at=at,
        due_at=at,
        newest=NEWEST,
        failures=1,
        failing_since=NOW,
        why=str(error),
    )
