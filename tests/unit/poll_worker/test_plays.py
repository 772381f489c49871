"""What follows a poll: its page as a fact, and the next poll."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.poll_worker.logic.plays import followed, next_poll, proven
from spindle.shared.ids import Kind, new_job, parts
from spindle.shared.messages.jobs import Status, Verdict
from spindle.shared.messages.plays import Play, PlaysFetched, PollPlays, Source, Track, Window
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
INTERVAL = timedelta(minutes=10)

MOMENTS = st.integers(0, 10**6).map(lambda minutes: NOW - timedelta(minutes=minutes))


def poll(newest: datetime | None = None, failures: int = 0, attempt: int = 0) -> PollPlays:
    started_at = NOW - timedelta(hours=1)
    job = new_job(Kind.POLL, USER)
    return PollPlays(user=USER, job=job, started_at=started_at, newest=newest, failures=failures, attempt=attempt)


def page(*minutes_ago: int, unreadable: int = 0) -> RecentlyPlayed:
    ends = sorted((NOW - timedelta(minutes=each) for each in minutes_ago), reverse=True)
    plays = tuple(Play(played_at=end, track=Track(id="x", name="x")) for end in ends)
    return RecentlyPlayed(plays, unreadable, min(ends, default=None), max(ends, default=None))


def test_a_poll_ends_with_its_page_as_a_fact() -> None:
    step, found = poll(), page(1, 5, 30)

    fact = followed(step, Fetched(found, requests=2), INTERVAL, NOW).facts

    assert fact == (
        PlaysFetched(
            user=USER,
            job=step.job,
            step=1,
            source=Source.POLL,
            started_at=NOW,
            fetched_at=NOW,
            requests=2,
            plays=found.plays,
            window=Window(after=NOW - timedelta(minutes=30), before=NOW - timedelta(minutes=1)),
            verdict=Verdict(status=Status.SUCCESS),
            next_poll_at=NOW + INTERVAL,
        ),
    )


def test_the_next_poll_is_a_job_of_its_own_that_waits_for_the_interval() -> None:
    step = poll(failures=3, attempt=2)

    outcome = followed(step, Fetched(page(1), 1), INTERVAL, NOW)

    assert isinstance(outcome.successor, PollPlays)
    assert outcome.at == outcome.successor.started_at == NOW + INTERVAL
    assert parts(outcome.successor.job) == (Kind.POLL, USER)
    assert outcome.successor.job != step.job
    assert (outcome.successor.step, outcome.successor.attempt) == (1, 0)


def test_a_poll_that_succeeds_forgets_the_failures_before_it() -> None:
    outcome = followed(poll(failures=9), Fetched(page(), 1), INTERVAL, NOW)

    assert isinstance(outcome.successor, PollPlays)
    assert outcome.successor.failures == 0


def test_a_listener_who_played_nothing_is_polled_again() -> None:
    outcome = followed(poll(newest=NOW), Fetched(page(), 1), INTERVAL, NOW)

    assert outcome.facts[0].model_dump()["plays"] == ()
    assert isinstance(outcome.successor, PollPlays)
    assert outcome.successor.newest == NOW


@pytest.mark.parametrize(
    ("known", "found", "expected"),
    [
        (None, None, None),
        (None, NOW, NOW),
        (NOW, None, NOW),
        (NOW, NOW, NOW),
        (NOW, NOW + INTERVAL, NOW + INTERVAL),
        (NOW + INTERVAL, NOW, NOW + INTERVAL),
    ],
)
def test_the_newest_play_is_the_newer_of_known_and_found(
    known: datetime | None, found: datetime | None, expected: datetime | None
) -> None:
    assert next_poll(poll(newest=known), NOW, newest=found).newest == expected


@given(pages=st.lists(st.lists(st.integers(0, 10_000), max_size=5), max_size=20))
def test_the_newest_play_never_moves_back_along_a_chain(pages: list[list[int]]) -> None:
    step, known = poll(), list[datetime]()

    for minutes_ago in pages:
        found = followed(step, Fetched(page(*minutes_ago), 1), INTERVAL, NOW).successor
        assert isinstance(found, PollPlays)
        step = found
        known += [step.newest] if step.newest else []

    assert known == sorted(known)
    assert step.newest == max((NOW - timedelta(minutes=min(each)) for each in pages if each), default=None)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (page(), None),
        (page(unreadable=1), None),
        (page(1, 5, unreadable=1), None),
        (page(1, 5), Window(after=NOW - timedelta(minutes=5), before=NOW - timedelta(minutes=1))),
        (page(5), Window(after=NOW - timedelta(minutes=5), before=NOW - timedelta(minutes=5))),
    ],
    ids=["nothing played", "nothing readable", "one item not readable", "two plays", "one play"],
)
def test_a_poll_proves_what_lies_between_its_plays(found: RecentlyPlayed, expected: Window | None) -> None:
    assert proven(found) == expected


@given(minutes_ago=st.lists(st.integers(0, 10_000), min_size=1, max_size=50))
def test_a_poll_proves_nothing_outside_its_plays(minutes_ago: list[int]) -> None:
    found = page(*minutes_ago)

    window = proven(found)

    assert window is not None
    assert [window.before, window.after] == [found.plays[0].played_at, found.plays[-1].played_at]
