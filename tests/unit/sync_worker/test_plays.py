"""What follows a page of an initial sync: the next older page, or one of the reasons to stop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spindle.shared.ids import Kind, new_job
from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.messages.plays import Play, PlaysFetched, Source, SyncPlays, Track, Window
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed
from spindle.sync_worker.logic.plays import Limits, followed, older, reason_to_stop

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
MS = timedelta(milliseconds=1)
DAY = timedelta(days=1)
LIMITS = Limits(age=30 * DAY, requests=200, rate_limits=5)


def sync(before: datetime | None = None, requests: int = 0, step: int = 1) -> SyncPlays:
    job, began = new_job(Kind.INITIAL, USER), NOW - timedelta(minutes=3)
    return SyncPlays(user=USER, job=job, step=step, started_at=began, before=before, requests=requests, attempt=2)


def page(*ends: datetime, unreadable: int = 0) -> RecentlyPlayed:
    plays = tuple(Play(played_at=end, track=Track(id="x", name="x")) for end in sorted(ends, reverse=True))
    return RecentlyPlayed(plays, unreadable, min(ends, default=None), max(ends, default=None))


UNREADABLE = RecentlyPlayed((), unreadable=50, oldest=NOW - DAY, newest=NOW)


@pytest.mark.parametrize(
    ("step", "found", "requests", "expected"),
    [
        pytest.param(sync(), page(), 1, Reason.EMPTY_PAGE, id="nothing was ever played"),
        pytest.param(sync(before=NOW), page(), 1, Reason.EMPTY_PAGE, id="nothing is older"),
        pytest.param(sync(), UNREADABLE, 1, None, id="a page of which nothing could be read leads on"),
        pytest.param(sync(), page(NOW), 1, None, id="the first page has nothing to be older than"),
        pytest.param(sync(before=NOW), page(NOW + MS), 1, Reason.NO_PROGRESS, id="newer than asked for"),
        pytest.param(sync(before=NOW), page(NOW), 1, Reason.NO_PROGRESS, id="the oldest did not move"),
        pytest.param(sync(before=NOW), page(NOW - MS), 1, None, id="the oldest moved by a millisecond"),
        pytest.param(sync(before=NOW), page(NOW + MS, NOW - MS), 1, None, id="the oldest moved, the newest did not"),
        pytest.param(sync(), page(NOW - 30 * DAY + MS), 1, None, id="a millisecond younger than the limit"),
        pytest.param(sync(), page(NOW - 30 * DAY), 1, None, id="as old as the limit"),
        pytest.param(sync(), page(NOW - 30 * DAY - MS), 1, Reason.MAX_DAYS, id="a millisecond older than the limit"),
        pytest.param(sync(), page(NOW, NOW - 31 * DAY), 1, Reason.MAX_DAYS, id="the oldest of a page counts"),
        pytest.param(sync(), page(NOW), 199, None, id="one more call is allowed"),
        pytest.param(sync(), page(NOW), 200, Reason.MAX_REQUESTS, id="all calls are spent"),
        pytest.param(sync(), page(NOW), 201, Reason.MAX_REQUESTS, id="more calls than allowed are spent"),
        pytest.param(sync(), page(), 200, Reason.EMPTY_PAGE, id="complete with the last call"),
        pytest.param(sync(before=NOW), page(NOW), 200, Reason.NO_PROGRESS, id="stuck with the last call"),
        pytest.param(sync(), page(NOW - 31 * DAY), 200, Reason.MAX_DAYS, id="far enough with the last call"),
    ],
)
def test_a_sync_stops_for_a_reason(
    step: SyncPlays, found: RecentlyPlayed, requests: int, expected: Reason | None
) -> None:
    assert reason_to_stop(step, found, requests, LIMITS, NOW) is expected


def test_a_page_becomes_a_fact_and_the_step_for_the_page_before_it() -> None:
    step = sync(before=NOW, requests=7, step=4)
    found = page(NOW - MS, NOW - DAY)

    outcome = followed(step, Fetched(found, requests=2), LIMITS, NOW)

    assert outcome.facts == (
        PlaysFetched(
            user=USER,
            job=step.job,
            step=4,
            source=Source.INITIAL,
            started_at=step.started_at,
            fetched_at=NOW,
            requests=2,
            plays=found.plays,
            window=Window(after=NOW - DAY, before=NOW),
        ),
    )
    assert outcome.successor == SyncPlays(
        user=USER, job=step.job, step=5, started_at=step.started_at, before=NOW - DAY, requests=9
    )
    assert outcome.at is None


@pytest.mark.parametrize(
    ("found", "limits", "reason"),
    [
        (page(), LIMITS, Reason.EMPTY_PAGE),
        (page(NOW), LIMITS, Reason.NO_PROGRESS),
        (page(NOW - MS), replace(LIMITS, age=timedelta(0)), Reason.MAX_DAYS),
        (page(NOW - MS), replace(LIMITS, requests=9), Reason.MAX_REQUESTS),
    ],
)
def test_the_last_page_of_a_sync_says_why_it_is_the_last(found: RecentlyPlayed, limits: Limits, reason: Reason) -> None:
    outcome = followed(sync(before=NOW, requests=7), Fetched(found, requests=2), limits, NOW)

    (fact,) = outcome.facts
    assert isinstance(fact, PlaysFetched)
    assert fact.plays == found.plays
    assert fact.verdict == Verdict(status=Status.SUCCESS, reason=reason)
    assert outcome.successor is None


def test_the_next_page_is_asked_for_with_the_oldest_time_itself() -> None:
    step = older(sync(before=NOW), page(NOW - MS, NOW - 5 * MS), requests=3)

    assert step.before == NOW - 5 * MS


def test_a_step_forward_forgets_the_attempts_and_keeps_the_count_of_rate_limits() -> None:
    step = older(
        sync().model_copy(update={"attempt": 3, "failures": 2, "rate_limits": 2, "why": "a door"}),
        page(NOW),
        requests=3,
    )

    assert (step.attempt, step.failures, step.rate_limits, step.requests, step.why) == (0, 0, 2, 3, None)
