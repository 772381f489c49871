"""Whatever Spotify answers, and however often a step is delivered: polling goes on, patiently, and cries once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from spindle.poll_worker.logic.failures import ALARM_AFTER, FIRST_RETRY, LONGEST_RETRY, failed
from spindle.poll_worker.logic.plays import LONGEST_WAY_BACK, Seen, followed
from spindle.shared.ids import Kind, new_job
from spindle.shared.messages.jobs import JobEnded, Status, Verdict
from spindle.shared.messages.plays import Play, PlaysFetched, PollPlays, Track
from spindle.shared.outcomes import Outcome
from spindle.shared.spotify.errors import (
    BadClient,
    Forbidden,
    Malformed,
    RateLimited,
    Refusal,
    SpotifyError,
    Unavailable,
    Unreachable,
)
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
INTERVAL = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)
DOOR = timedelta(minutes=7)


def page(end: datetime, count: int, gap: int, unreadable: int) -> RecentlyPlayed:
    ends = [end - each * gap * MINUTE for each in range(count)]
    plays = tuple(Play(played_at=at, track=Track(id="x", name="x")) for at in ends)
    return RecentlyPlayed(plays, unreadable if plays else 0, min(ends, default=None), max(ends, default=None))


ERRORS = st.sampled_from(
    [Unreachable(), Unavailable(503), Malformed(), Forbidden(Refusal.SCOPE), BadClient(), RateLimited(DOOR)]
)
PAGES = st.tuples(st.integers(0, 3_000), st.sampled_from([0, 1, 49, 50]), st.integers(1, 30), st.integers(0, 2))
"""How many minutes after the cursor (or before now) it begins, its plays, the minutes between them, unreadable ones."""
ANSWERS = st.lists(st.tuples(PAGES | ERRORS, st.integers(0, 2)), min_size=1, max_size=60)
"""With each, how many times the worker dies before it can hand over."""


def answered(
    step: PollPlays, answer: tuple[int, int, int, int] | SpotifyError, ready_at: datetime, now: datetime
) -> Outcome:
    if isinstance(answer, SpotifyError):
        return failed(step, answer, now)
    begin, count, gap, unreadable = answer
    found = page((step.before or now) - (begin - 100) * MINUTE, count, gap, unreadable)
    return followed(step, Seen(Fetched(found, 1)), ready_at, INTERVAL, now)


def verdict(outcome: Outcome) -> Verdict | None:
    fact = outcome.facts[0]
    return fact.verdict if isinstance(fact, JobEnded | PlaysFetched) else None


@given(answers=ANSWERS)
def test_a_chain_never_stops_never_hurries_and_alarms_once_in_a_row_of_failures(
    answers: list[tuple[tuple[int, int, int, int] | SpotifyError, int]],
) -> None:
    step, ready_at = PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW), NOW
    alarms, at_once = 0, 0

    for answer, deaths in answers:
        tried = [ready_at + each * MINUTE for each in range(deaths + 1)]
        outcomes = [answered(step, answer, ready_at, at) for at in tried]
        outcome, now = outcomes[-1], tried[-1]

        assert isinstance(outcome.successor, PollPlays)
        assert_patient(step, answer, outcome, now)
        at_once = at_once + 1 if outcome.at is None else 0
        assert at_once < LONGEST_WAY_BACK
        ends = [found for found in map(verdict, outcomes) if found]
        assert len({end.alarm for end in ends}) < 2
        assert all(end.alarm is step.alarmed for end in ends if end.status is Status.SUCCESS)
        alarms += any(end.alarm for end in ends if end.status is Status.ERROR)
        assert alarms <= 1
        if outcome.successor.failing_since is None:
            alarms = 0
        else:
            assert outcome.successor.alarmed is (alarms == 1)
        step, ready_at = outcome.successor, outcome.at or now


def assert_patient(
    step: PollPlays, answer: tuple[int, int, int, int] | SpotifyError, outcome: Outcome, now: datetime
) -> None:
    following, wait = outcome.successor, outcome.at and outcome.at - now
    assert isinstance(following, PollPlays)
    if isinstance(answer, RateLimited):
        assert wait == DOOR
        assert (following.job, following.before, following.why) == (step.job, step.before, str(answer))
    elif isinstance(answer, SpotifyError):
        assert wait is not None
        assert FIRST_RETRY <= wait <= LONGEST_RETRY
        assert (following.failures, following.why) == (step.failures + 1, str(answer))
        assert following.newest == step.newest
    elif wait is None:
        assert (following.job, following.step) == (step.job, step.step + 1)
        assert following.before is not None
        assert step.before is None or following.before < step.before
    else:
        assert wait == INTERVAL if step.before is None else timedelta(0) <= wait <= INTERVAL
        assert (following.step, following.before, following.latest, following.failures) == (1, None, None, 0)


@given(errors=st.lists(ERRORS, min_size=60, max_size=90))
def test_a_row_of_failures_that_lasts_longer_than_a_day_alarms_exactly_once(errors: list[SpotifyError]) -> None:
    step, at = PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW), NOW
    said, expected = [], []

    for error in errors:
        outcome = failed(step, error, at)
        if end := verdict(outcome):
            said.append(end.alarm)
            expected.append(step.failing_since is not None and step.started_at - step.failing_since >= ALARM_AFTER)
        assert isinstance(outcome.successor, PollPlays)
        assert outcome.at is not None
        step, at = outcome.successor, outcome.at

    assert sum(said) == any(expected)
    assert not any(expected) or said.index(True) == expected.index(True)
