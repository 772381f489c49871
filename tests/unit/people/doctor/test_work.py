"""What is said of the services, the recorder's lag and dead letters."""

from datetime import UTC, datetime, timedelta

import pytest

from spindle.people.doctor.logic.findings import State, gravest_first, ok, problem, warning
from spindle.people.doctor.logic.work import Dead, Lag, Service, dead, lag, services

OK, WARNING, PROBLEM = State.OK, State.WARNING, State.PROBLEM
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("recorder", "state", "what"),
    [
        (Service(True, 0), OK, "At work: scheduler, recorder."),
        (Service(True, 10_000), OK, "At work"),
        (Service(True, 10_001), WARNING, "10,001 messages wait for the recorder."),
        (Service(False, 0), PROBLEM, "The recorder is not at work."),
        (Service(False, 20_000), PROBLEM, "The recorder is not at work."),
    ],
)
def test_of_services(recorder: Service, state: State, what: str) -> None:
    [told] = services({"scheduler": Service(True, 0), "recorder": recorder})

    assert told.state is state
    assert what in told.what
    assert ("run recorder" in told.todo) is (state is not OK)


@pytest.mark.parametrize(
    ("pending", "seconds", "state", "what"),
    [
        (0, 0, OK, "nothing waits"),
        (900, 30, OK, "900 facts on the way"),
        (1, 61, WARNING, "1 fact not recorded yet, the oldest for 61 s."),
        (5, 3600, PROBLEM, "5 facts not recorded yet, the oldest for 60 min."),
    ],
)
def test_of_the_recorders_lag(pending: int, seconds: float, state: State, what: str) -> None:
    [told] = lag(Lag(pending, timedelta(seconds=seconds)))

    assert told.state is state
    assert what in told.what


@pytest.mark.parametrize(
    ("seen", "state", "what"),
    [
        (Dead(0, 0), OK, "no dead letters"),
        (Dead(3, 1, "not JSON", "facts.plays.x", NOW - HOUR), PROBLEM, "3 dead letters, 1 of the last day. The newest"),
        (Dead(1, 0, "not JSON", "facts.plays.x", NOW - 48 * HOUR), WARNING, "2 days ago: not JSON (it was on facts.p"),
    ],
)
def test_of_dead_letters(seen: Dead, state: State, what: str) -> None:
    [told] = dead(seen, NOW)

    assert told.state is state
    assert what in told.what


def test_the_gravest_stand_first_and_keep_their_order() -> None:
    found = [ok("a", "x"), problem("b", "x", "y"), warning("c", "x", "y"), problem("d", "x", "y")]

    assert [one.check for one in gravest_first(found)] == ["b", "d", "c", "a"]
