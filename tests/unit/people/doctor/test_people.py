"""What is said of listeners, their polls and their gaps."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spindle.people.doctor.logic.findings import Finding, State, Way
from spindle.people.doctor.logic.gaps import gaps
from spindle.people.doctor.logic.listeners import listeners
from spindle.people.doctor.logic.polls import polls
from spindle.people.wording import clock
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import Coverage, Gap, InitialSync, Listener, PollLag

OK, WARNING, PROBLEM = State.OK, State.WARNING, State.PROBLEM
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
JOB = f"initial.{new_user()}.{'0' * 32}"


_POLLED = {"last_poll_at": NOW - MINUTE, "next_poll_at": NOW + MINUTE}


def listener(name: str = "ada", **known: Any) -> Listener:
    told = {
        "linked_at": NOW - 24 * HOUR,
        "authorized_at": NOW - 24 * HOUR,
        "last_poll_at": NOW - MINUTE,
        "next_poll_at": NOW + MINUTE,
        **known,
    }
    return Listener(user=new_user(), name=name, account=name, **told)


def first(**known: Any) -> InitialSync:
    return InitialSync(error="Spotify did not answer.", **known)


def told(found: list[Finding]) -> list[State]:
    assert all(bool(one.todo) is (one.state is not OK) for one in found)
    return [one.state for one in found]


@pytest.mark.parametrize(
    ("one", "states", "what"),
    [
        (listener(), [OK], "1 listener: linked"),
        (
            listener(disconnected_at=NOW - 3 * HOUR, disconnected_why="revoked", poll_error="x", paused=("all",)),
            [PROBLEM],
            "(3 h ago): revoked.",
        ),
        (listener(disconnected_at=NOW), [PROBLEM], "(now)."),
        (listener(poll_error="Spotify did not answer."), [WARNING], "good one was 60 s ago: Spotify did not answer."),
        (listener(poll_error="x", last_poll_at=NOW - 2 * HOUR), [PROBLEM], "2 h ago"),
        (listener(poll_error="x", last_poll_at=None), [PROBLEM], "none has been good yet"),
        (listener(poll_error="x", last_poll_at=None, linked_at=NOW), [WARNING], "none has been good yet"),
        (
            listener(poll_error="x", failing_since=NOW - 2 * HOUR, last_poll_at=None),
            [PROBLEM],
            f"polls have failed since {clock(NOW - 2 * HOUR, NOW)}, and none has been good yet: x.",
        ),
        (
            listener(poll_error="x", failing_since=NOW - MINUTE, last_poll_at=NOW - 2 * HOUR),
            [WARNING],
            "was 2 h ago",
        ),
        (
            listener(authorized_at=datetime(2026, 6, 1, 12, tzinfo=UTC)),
            [WARNING],
            "ends on 1 December 2026 (in 10 days).",
        ),
        (listener(authorized_at=datetime(2026, 5, 26, tzinfo=UTC)), [PROBLEM], "November 2026 (in 4 days)."),
        (
            listener(authorized_at=datetime(2026, 5, 19, 12, tzinfo=UTC)),
            [PROBLEM],
            "was to end on 19 November 2026 ",
        ),
        (listener(authorized_at=datetime(2026, 5, 26, tzinfo=UTC), disconnected_at=NOW), [PROBLEM], "disconnected"),
        (
            listener(authorized_at=None, linked_at=datetime(2026, 6, 1, 12, tzinfo=UTC)),
            [WARNING],
            "ends on 1 December 2026 at the latest (in 10 days).",
        ),
        (
            listener(authorized_at=None, linked_at=datetime(2026, 8, 1, 12, tzinfo=UTC)),
            [OK, OK],
            "when ada gave consent: six months later a login ends, the first on 1 February 2027 at the latest.",
        ),
        (listener(initial_sync=first()), [WARNING], "initial sync failed: Spotify did not answer."),
        (listener(initial_sync=first(running=JOB)), [OK], "linked"),
        (listener(initial_sync=first(completed_at=NOW)), [OK], "linked"),
        (listener(initial_sync=first(waiting_until=NOW + HOUR)), [OK, OK], "(in 60 min): Spotify did not answer."),
        (listener(paused=("poll", "initial")), [OK, OK], "paused (initial, poll) until"),
        (listener(paused=("all", "poll"), poll_error="x"), [OK, OK], "paused (everything)"),
    ],
)
def test_of_a_listener(one: Listener, states: list[State], what: str) -> None:
    found = listeners([one], more=False, now=NOW)

    assert told(found) == states
    assert what in found[-1].what


def test_many_of_a_kind_are_summed_up_as_the_gravest_of_them() -> None:
    many = [listener(f"n{n}", poll_error="x") for n in range(30)]
    grave = listener("grave", poll_error="x", last_poll_at=NOW - 2 * HOUR)

    found = listeners([*many, grave, listener("gone", disconnected_at=NOW)], more=False, now=NOW)

    assert told(found) == [PROBLEM, PROBLEM]
    assert "gone is disconnected" in found[0].what
    assert found[1].what.startswith("31 listeners had a poll that failed: n0, n1, ")
    assert found[1].what.endswith(" and 11 more.")


def test_nobody_yet_is_no_trouble_and_more_than_were_looked_at_is_said() -> None:
    assert told(listeners([], more=False, now=NOW)) == [OK]
    assert "More than 2 listeners: linked" in listeners([listener(), listener()], more=True, now=NOW)[0].what


LATE = NOW - 6 * MINUTE


@pytest.mark.parametrize(
    ("one", "held", "closed", "states", "what"),
    [
        (listener(), True, False, [OK], "overdue, of 1 listener"),
        (listener(), False, False, [PROBLEM], "No poll of ada"),
        (listener(next_poll_at=LATE), True, False, [PROBLEM], "has been due for 6 min"),
        (listener(next_poll_at=LATE), True, True, [OK], "No poll is overdue"),
        (listener(next_poll_at=LATE), False, True, [PROBLEM], "No poll of ada"),
        (listener(next_poll_at=NOW - 4 * MINUTE), True, False, [OK], "No poll is overdue"),
        (listener(next_poll_at=None), True, False, [PROBLEM], "has been due for 24 h"),
        (listener(next_poll_at=None, linked_at=NOW), False, False, [OK], "nobody to be polled"),
        (listener(disconnected_at=NOW, next_poll_at=LATE), False, False, [OK], "nobody to be polled"),
        (listener(paused=("all",), next_poll_at=LATE), False, False, [OK], "nobody to be polled"),
        (listener(paused=("poll",), next_poll_at=LATE), False, False, [OK], "nobody to be polled"),
        (listener(paused=("initial",), next_poll_at=LATE), True, False, [PROBLEM], "has been due"),
    ],
)
def test_of_polls(one: Listener, held: bool, closed: bool, states: list[State], what: str) -> None:
    in_mailboxes: Collection[str] = {one.user} if held else ()

    found = polls([one], in_mailboxes, closed, NOW)

    assert told(found) == states
    assert what in found[0].what


def lag(p50: float, p95: float) -> PollLag:
    return PollLag(p50=timedelta(seconds=p50), p95=timedelta(seconds=p95), polls=100)


def test_polls_that_are_recorded_late_are_told_with_how_late() -> None:
    late, well = listener(poll_lag=lag(0.4, 75)), listener("bob", poll_lag=lag(20, 60))

    found = polls([late, well], {late.user, well.user}, closed=False, now=NOW)

    assert told(found) == [WARNING]
    assert "of ada is recorded more than 75 s after it was due, half of them 0.4 s (of the last 100)." in found[0].what
    assert "`budget`" in found[0].todo


def test_many_late_ones_are_summed_up() -> None:
    many = [listener(f"n{n}", poll_lag=lag(1, 90)) for n in range(30)]

    [found] = polls(many, {one.user for one in many}, closed=False, now=NOW)

    assert found.what.startswith("Polls of 30 listeners are recorded late: n0, ")


def test_after_a_day_of_failures_it_says_that_somebody_should_act() -> None:
    [hours] = listeners([listener(poll_error="x", failing_since=NOW - 23 * HOUR)], more=False, now=NOW)
    [day] = listeners([listener(poll_error="x", failing_since=NOW - 25 * HOUR)], more=False, now=NOW)

    assert (hours.state, day.state) == (PROBLEM, PROBLEM)
    assert "by itself" in hours.todo
    assert "somebody should mend" in day.todo
    assert "trigger ada poll --now" in day.todo


def test_many_overdue_polls_are_summed_up() -> None:
    many = [listener(f"n{n}", next_poll_at=LATE) for n in range(30)]

    found = polls([*many, listener()], {one.user for one in many}, closed=False, now=NOW)

    assert told(found) == [PROBLEM, PROBLEM]
    assert "No poll of ada" in found[0].what
    assert "The polls of 30 listeners are overdue: n0, " in found[1].what


def covered(number: int, missing: timedelta) -> Coverage:
    return Coverage(after=NOW - 24 * HOUR, before=NOW, gaps=number, missing=missing)


def test_gaps_are_told_with_their_length_and_the_latest() -> None:
    ada, bob = listener(coverage=covered(2, 3 * HOUR)), listener("bob", coverage=covered(1, 5 * HOUR))
    whole = listener("whole", coverage=covered(0, timedelta()))

    found = gaps([whole, ada, bob, listener()], {ada.user: Gap(after=NOW - HOUR, before=NOW)})

    assert told(found) == [WARNING, WARNING]
    assert found[0].what == "bob: 1 gap, 5 h in all."
    assert found[1].what.startswith("ada: 2 gaps, 3 h in all; the latest from 2026-11-21 ")
    assert "privacy export" in found[0].todo
    assert told(gaps([whole], {})) == [OK]


def test_gaps_of_many_listeners_are_summed_up() -> None:
    many = [listener(f"n{n}", coverage=covered(2, n * HOUR)) for n in range(1, 31)]

    [found] = gaps(many, {})

    assert found.what.startswith("30 listeners have 60 gaps, most of it of n30: 2 gaps, 30 h in all")


@pytest.mark.parametrize(
    ("known", "words", "place"),
    [
        ({"disconnected_at": NOW - HOUR}, "Link A / b again", "/login?again=A%20%2F%20b"),
        ({"poll_error": "Spotify did not answer.", "failing_since": NOW - 30 * HOUR}, "Poll A / b on Now", "/#l-{}"),
        ({"initial_sync": first()}, "Read the history of A / b on Now", "/#l-{}"),
        ({"paused": ("all",)}, "Resume A / b on Now", "/#l-{}"),
    ],
)
def test_what_a_command_would_do_has_a_way_on_the_page(known: Any, words: str, place: str) -> None:
    one = listener("A / b", **known)

    [found] = [each for each in listeners([one], more=False, now=NOW) if each.way]

    assert found.way == Way(words, place.format(one.user))


def test_a_failure_that_nobody_need_do_anything_about_has_none() -> None:
    failing = listener(poll_error="Spotify did not answer.", failing_since=NOW - MINUTE)

    assert [each.way for each in listeners([failing], more=False, now=NOW)] == [None]
