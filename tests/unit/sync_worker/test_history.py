"""A whole initial sync played through against a history that answers as Spotify does, with trouble on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.ids import Kind, new_job
from spindle.shared.messages.jobs import JobEnded, Reason, Status
from spindle.shared.messages.plays import Play, PlaysFetched, SyncPlays, Track
from spindle.shared.spotify.errors import RateLimited, SpotifyError, Unreachable
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed
from spindle.sync_worker.logic.failures import failed
from spindle.sync_worker.logic.plays import Limits, followed

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
FAR = Limits(age=timedelta(days=1), requests=10_000, rate_limits=3)

HISTORIES = st.sets(st.integers(1, 2000), max_size=300).map(
    lambda seconds: [NOW - timedelta(seconds=each) for each in sorted(seconds)]
)
"""Newest first."""
SIZES = st.integers(1, 50)
TROUBLE = st.lists(st.sampled_from([None, None, Unreachable(), RateLimited(timedelta(seconds=5))]), max_size=60)


@dataclass
class Run:
    """What a sync did from its first step to its last."""

    asked: list[datetime | None] = field(default_factory=list)
    pages: list[PlaysFetched] = field(default_factory=list)
    ends: list[JobEnded] = field(default_factory=list)

    @property
    def found(self) -> list[datetime]:
        return [play.played_at for page in self.pages for play in page.plays]

    @property
    def reason(self) -> Reason | None:
        verdict = self.pages[-1].verdict
        assert verdict is not None
        assert verdict.status is Status.SUCCESS
        return verdict.reason


def page(history: list[datetime], size: int, before: datetime | None) -> RecentlyPlayed:
    ends = [end for end in history if before is None or end < before][:size]
    plays = tuple(Play(played_at=end, track=Track(id="x", name="x")) for end in ends)
    return RecentlyPlayed(plays, 0, min(ends, default=None), max(ends, default=None))


def whole_sync(
    history: list[datetime], size: int, limits: Limits = FAR, trouble: Iterable[SpotifyError | None] = ()
) -> Run:
    run, errors = Run(), iter(trouble)
    step = SyncPlays(user=USER, job=new_job(Kind.INITIAL, USER), started_at=NOW)
    while True:
        if error := next(errors, None):
            outcome = failed(limits, step, error, NOW)
            run.ends += [fact for fact in outcome.facts if isinstance(fact, JobEnded)]
        else:
            run.asked.append(step.before)
            outcome = followed(step, Fetched(page(history, size, step.before), 1), limits, NOW)
            run.pages += [fact for fact in outcome.facts if isinstance(fact, PlaysFetched)]
        if outcome.successor is None:
            return run
        assert isinstance(outcome.successor, SyncPlays)
        step = outcome.successor


@given(history=HISTORIES, size=SIZES)
def test_every_play_is_found_once_and_then_an_empty_page(history: list[datetime], size: int) -> None:
    run = whole_sync(history, size)

    assert run.found == history
    assert run.reason is Reason.EMPTY_PAGE
    assert len(run.pages) == -(-len(history) // size) + 1


@given(history=HISTORIES, size=SIZES)
def test_no_page_is_asked_for_twice(history: list[datetime], size: int) -> None:
    run = whole_sync(history, size)

    cursors = [each for each in run.asked[1:] if each]
    assert run.asked[0] is None
    assert len(cursors) == len(run.asked) - 1
    assert all(later < earlier for earlier, later in pairwise(cursors))


@given(history=HISTORIES, size=SIZES)
def test_steps_are_counted_from_one_and_only_the_last_has_a_verdict(history: list[datetime], size: int) -> None:
    run = whole_sync(history, size)

    assert [each.step for each in run.pages] == list(range(1, len(run.pages) + 1))
    assert [each.step for each in run.pages if each.verdict] == [len(run.pages)]
    assert len({each.identity for each in run.pages}) == len(run.pages)


@given(history=HISTORIES, size=SIZES)
def test_the_windows_join_into_one_without_a_gap(history: list[datetime], size: int) -> None:
    windows = [each.window for each in whole_sync(history, size).pages if each.window]

    assert all(older.before == newer.after for newer, older in pairwise(windows))
    if history:
        assert (windows[-1].after, windows[0].before) == (history[-1], history[0])


@given(history=HISTORIES, size=SIZES, seconds=st.integers(0, 2100))
def test_everything_younger_than_the_limit_is_found(history: list[datetime], size: int, seconds: int) -> None:
    limit = timedelta(seconds=seconds)

    run = whole_sync(history, size, Limits(limit, FAR.requests, FAR.rate_limits))

    reached = [end for end in history if end >= NOW - limit]
    assert run.found[: len(reached)] == reached
    assert run.found == history[: len(run.found)]
    assert len(run.found) <= len(reached) + size
    assert run.reason is (Reason.MAX_DAYS if len(reached) < len(run.found) else Reason.EMPTY_PAGE)


@given(history=HISTORIES, size=SIZES, calls=st.integers(1, 60))
def test_no_more_calls_are_made_than_allowed(history: list[datetime], size: int, calls: int) -> None:
    run = whole_sync(history, size, Limits(FAR.age, calls, FAR.rate_limits))

    assert len(run.asked) <= calls
    assert run.found == history[: calls * size]
    complete = len(run.pages[-1].plays) == 0
    assert run.reason is (Reason.EMPTY_PAGE if complete else Reason.MAX_REQUESTS)


@given(history=HISTORIES, size=SIZES, trouble=TROUBLE)
def test_trouble_on_the_way_neither_loses_nor_repeats_a_page(
    history: list[datetime], size: int, trouble: list[SpotifyError | None]
) -> None:
    run = whole_sync(history, size, trouble=trouble)

    assert run.found == history
    assert len(set(run.asked)) == len(run.asked)
    assert run.reason is Reason.EMPTY_PAGE
    assert all(end.verdict.waiting_until is not None for end in run.ends)


@given(history=HISTORIES.filter(bool), size=SIZES)
def test_a_server_that_ignores_the_cursor_is_asked_twice(history: list[datetime], size: int) -> None:
    step = SyncPlays(user=USER, job=new_job(Kind.INITIAL, USER), started_at=NOW)
    answer = Fetched(page(history, size, None), 1)

    first = followed(step, answer, FAR, NOW)
    assert isinstance(first.successor, SyncPlays)
    second = followed(first.successor, answer, FAR, NOW)

    (fact,) = second.facts
    assert isinstance(fact, PlaysFetched)
    assert fact.verdict is not None
    assert fact.verdict.reason is Reason.NO_PROGRESS
    assert second.successor is None
