"""Late plays come to light, and what a chain has told it does not tell again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.poll_worker.logic.failures import failed
from spindle.poll_worker.logic.plays import Seen, followed
from spindle.poll_worker.logic.told import LATE, WHOLE_AFTER, cursor, remembered, untold
from spindle.shared.ids import Kind, new_job
from spindle.shared.messages.plays import Play, PlaysFetched, PollPlays, Track, Window
from spindle.shared.spotify.errors import Unreachable
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def first() -> PollPlays:
    return PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW)


def play(minutes: int, track: str = "x") -> Play:
    return Play(played_at=NOW + minutes * MINUTE, track=Track(id=track, name=track))


def page(plays: list[Play]) -> RecentlyPlayed:
    newest = sorted(plays, key=lambda each: each.played_at, reverse=True)[:50]
    ends = [each.played_at for each in newest]
    return RecentlyPlayed(tuple(newest), 0, min(ends, default=None), max(ends, default=None))


def polled(step: PollPlays, visible: list[Play], at: datetime) -> tuple[list[PlaysFetched], PollPlays]:
    """What a poll tells of what Spotify shows then, page by page, and the poll after it."""
    told: list[PlaysFetched] = []
    while True:
        after = cursor(step, at)
        shown = [
            each
            for each in visible
            if (after is None or each.played_at > after) and (step.before is None or each.played_at < step.before)
        ]
        outcome = followed(step, Seen(Fetched(page(shown), 1), after), at, 10 * MINUTE, at)
        told += [fact for fact in outcome.facts if isinstance(fact, PlaysFetched)]
        assert isinstance(outcome.successor, PollPlays)
        step = outcome.successor
        if outcome.at is not None:
            return told, step


ARRIVALS = st.lists(
    st.tuples(st.integers(-600, 4_000), st.sampled_from([0, 0, 0, 0, 1, 15, 90, 700, 720]), st.sampled_from("xyz")),
    max_size=90,
    unique_by=lambda each: (each[0], each[2]),
)
"""The minute in which a play ends, how many minutes later it can be seen, and the track."""


@given(arrivals=ARRIVALS, waits=st.lists(st.sampled_from([5, 12, 60, 80, 700, 1_500]), min_size=1, max_size=30))
def test_whatever_the_plain_way_would_have_seen_is_told_however_late_it_came(
    arrivals: list[tuple[int, int, str]], waits: list[int]
) -> None:
    step, minute, plain, told = first(), 0, set[Play](), list[Play]()

    for wait in waits:
        visible = [play(end, track) for end, late, track in arrivals if end + late <= minute]
        facts, step = polled(step, visible, NOW + minute * MINUTE)
        plain |= set(page(visible).plays)
        told += [each for fact in facts for each in fact.plays]
        assert plain <= set(told)
        minute += wait


def test_a_poll_of_a_silent_listener_asks_for_what_is_newer_and_tells_nothing() -> None:
    _, second = polled(first(), [play(-each) for each in range(1_000, 1_050)], NOW)

    (fact,), third = polled(second, [play(-each) for each in range(1_000, 1_050)], NOW + HOUR)

    assert cursor(second, NOW + HOUR) == NOW - 1_000 * MINUTE
    assert (fact.plays, fact.shown) == ((), None)
    assert len(third.told or "") == 400
    assert third.newest == NOW - 1_000 * MINUTE


def test_in_a_session_what_is_new_is_told_and_what_was_shown_is_counted() -> None:
    known = [play(-3 * each) for each in range(20)]
    _, second = polled(first(), known, NOW)

    (fact,), _ = polled(second, [*known, play(5), play(-90, "late")], NOW + 10 * MINUTE)

    assert cursor(second, NOW + 10 * MINUTE) == NOW - LATE
    assert fact.plays == (play(5), play(-90, "late"))
    assert fact.shown == 22
    assert fact.window == Window(after=NOW, before=NOW + 5 * MINUTE)


@given(
    ends=st.lists(st.integers(-600, 4_000), max_size=90, unique=True),
    waits=st.lists(st.sampled_from([5, 12, 60, 80, 700, 1_500]), min_size=1, max_size=30),
    lost=st.integers(0, 40),
)
def test_no_page_proves_what_a_fact_has_told_that_got_lost(ends: list[int], waits: list[int], lost: int) -> None:
    step, minute, told = first(), 0, list[PlaysFetched]()
    for wait in waits:
        facts, step = polled(step, [play(end) for end in ends if end <= minute], NOW + minute * MINUTE)
        told += facts
        minute += wait
    gone = told.pop(lost % len(told))

    missing = {each.played_at for each in gone.plays} - {each.played_at for fact in told for each in fact.plays}

    windows = [fact.window for fact in told if fact.window]
    assert not [at for at in missing for window in windows if window.after < at < window.before]


@given(
    ends=st.lists(st.integers(-600, 4_000), min_size=1, max_size=90, unique=True),
    waits=st.lists(st.sampled_from([5, 12, 60, 80, 700, 1_500]), min_size=1, max_size=30),
)
def test_the_pages_of_a_chain_prove_all_from_their_oldest_play_to_their_newest(
    ends: list[int], waits: list[int]
) -> None:
    step, minute, told = first(), 0, list[PlaysFetched]()

    for wait in waits:
        facts, step = polled(step, [play(end) for end in ends if end <= minute], NOW + minute * MINUTE)
        told += facts
        minute += wait

    windows = sorted((fact.window for fact in told if fact.window), key=lambda each: each.after)
    reached = windows[0].after if windows else NOW
    for window in windows:
        assert window.after <= reached
        reached = max(reached, window.before)
    assert step.newest is None or not windows or reached == step.newest


def test_once_a_day_all_that_spotify_keeps_is_told_again() -> None:
    known = [play(-each) for each in range(50)]
    _, second = polled(first(), known, NOW)

    (fact,), third = polled(second, known, NOW + WHOLE_AFTER)

    assert len(fact.plays) == 50
    assert fact.shown is None
    assert cursor(third, NOW + WHOLE_AFTER + HOUR) is not None


@pytest.mark.parametrize("name", ["polled_at", "whole_at"])
def test_after_a_poll_by_a_clock_that_was_ahead_all_that_spotify_keeps_is_told_again(name: str) -> None:
    _, second = polled(first(), [play(-1)], NOW)

    astray = second.model_copy(update={name: NOW + 9_000 * HOUR})

    assert cursor(second, NOW + HOUR) is not None
    assert cursor(astray, NOW + HOUR) is None


def test_a_poll_that_failed_has_seen_nothing() -> None:
    _, second = polled(first(), [play(-1)], NOW)

    outcome = failed(second, Unreachable(), NOW + 3 * HOUR)

    assert isinstance(outcome.successor, PollPlays)
    kept = ("told", "polled_at", "whole_at", "rhythm", "newest")
    assert [getattr(outcome.successor, name) for name in kept] == [getattr(second, name) for name in kept]


def test_prints_that_cannot_be_read_are_of_nothing() -> None:
    told = remembered("no base64", [play(1)])

    assert untold("no base64", [play(1), play(2)]) == (play(1), play(2))
    assert untold(told, [play(1), play(2)]) == (play(2),)
