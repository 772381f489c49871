"""When the next poll is: before plays can be lost, never in a hurry, and with a reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.poll_worker.logic.rhythm import HOURS, Rhythm, learned
from spindle.poll_worker.logic.when import CERTAIN, FASTER, SHORTEST, USUAL, fixed, patience, room, when
from spindle.shared.ids import Kind, new_job, new_user
from spindle.shared.messages.plays import PollPlays
from spindle.shared.pages import FULL
from spindle.shared.spotify.budget import GIVES_WAY

USER = new_user()
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RHYTHMS = st.builds(
    Rhythm,
    hour=st.integers(400_000, 600_000),
    hours=st.integers(0, 10_000),
    pace=st.floats(1, 6_000),
    bins=st.lists(st.integers(0, 65_535), min_size=HOURS, max_size=HOURS).map(tuple),
)
AGO = st.none() | st.integers(0, 100_000).map(lambda minutes: NOW - minutes * MINUTE)


def paced(seconds: float) -> Rhythm:
    return Rhythm(hour=493_000, hours=1_000, pace=seconds)


@given(rhythm=RHYTHMS, newest=AGO, short_by=st.integers(0, 600))
def test_no_poll_is_later_than_the_window_lasts_nor_earlier_than_minutes_and_each_has_a_reason(
    rhythm: Rhythm, newest: datetime | None, short_by: int
) -> None:
    found = when(rhythm, newest, NOW, short_by * MINUTE)

    assert SHORTEST <= found.at - NOW <= min(room(rhythm), USUAL.longest)
    assert found.full_at == NOW + room(rhythm)
    assert 0 < len(found.why) < 50
    assert found.at.microsecond % 1000 == 0


@given(rhythm=RHYTHMS, minutes=st.integers(0, 8))
def test_in_a_session_nothing_can_be_lost_whatever_is_played(rhythm: Rhythm, minutes: int) -> None:
    found = when(rhythm, NOW - minutes * MINUTE, NOW, timedelta(hours=9))

    assert found.at - NOW <= CERTAIN < FULL * timedelta(seconds=30)


@given(pace=st.floats(30, 600))
def test_the_window_holds_what_a_listener_plays_who_becomes_half_as_fast_again(pace: float) -> None:
    lasts = room(paced(pace))

    assert lasts / timedelta(seconds=max(30.0, pace / FASTER)) <= FULL


@given(rhythm=RHYTHMS, newest=AGO, short_by=st.integers(0, 600))
def test_when_calls_are_short_polls_come_later_if_anything(
    rhythm: Rhythm, newest: datetime | None, short_by: int
) -> None:
    assert when(rhythm, newest, NOW, short_by * MINUTE).at >= when(rhythm, newest, NOW).at


@pytest.mark.parametrize(
    ("rhythm", "silent", "short_by", "why"),
    [
        (paced(200), 2, 0, "in a session"),
        (paced(200), 20, 0, "a session has just ended"),
        (paced(200), 600, 30, "the budget of calls is short"),
        (paced(200), 600, 0, "usually asleep"),
        (paced(40), 600, 0, "the window may fill by 10:29 UTC"),
        (Rhythm(pace=200), 600, 0, "their habits are still being learned"),
    ],
)
def test_the_reason_is_said_in_words(rhythm: Rhythm, silent: int, short_by: int, why: str) -> None:
    assert when(rhythm, NOW - silent * MINUTE, NOW, short_by * MINUTE).why == why


def test_who_usually_plays_now_is_asked_sooner_than_who_is_asleep() -> None:
    plays, newest = Rhythm(), NOW - timedelta(weeks=4)
    for hours in range(4 * HOURS):
        at = NOW - timedelta(weeks=4) + timedelta(hours=hours)
        ends = [at - each * 5 * MINUTE for each in range(10)] if at.hour in (10, 11) and hours < 4 * HOURS - 6 else []
        plays, newest = learned(plays, ends, newest, at), max([newest, *ends])

    plays = replace(plays, pace=200)
    awake, asleep = (when(plays, NOW - timedelta(days=1), NOW + later * MINUTE) for later in (0, 480))

    assert awake.why == "usually plays about now"
    assert asleep.why == "usually asleep"
    assert awake.at - NOW < (asleep.at - NOW - 480 * MINUTE) / 2


@pytest.mark.parametrize(
    ("full_in", "is_crowded", "expected"),
    [(60, True, GIVES_WAY), (60, False, None), (5, True, None), (-5, True, None), (None, True, None)],
)
def test_in_a_crowd_a_poll_gives_way_that_loses_nothing_soon(
    full_in: int | None, is_crowded: bool, expected: timedelta | None
) -> None:
    full_at = None if full_in is None else NOW + full_in * MINUTE
    step = PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW, full_at=full_at)

    assert patience(step, is_crowded, NOW) == expected


def test_a_fixed_interval_is_kept() -> None:
    found = fixed(paced(200), NOW, 10 * MINUTE)

    assert (found.at, found.why) == (NOW + 10 * MINUTE, "every 600 seconds, as it is set")
    assert found.full_at == NOW + room(paced(200))
