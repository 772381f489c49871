"""Whose clock is off: Spotify's is believed, else those of the majority."""

from datetime import UTC, datetime, timedelta

import pytest

from spindle.people.doctor.logic.clocks import clocks
from spindle.people.doctor.logic.findings import State
from spindle.people.doctor.sources import Moment

OK, WARNING, PROBLEM = State.OK, State.WARNING, State.PROBLEM
HERE = {"this machine": 0.0}


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        ({}, [(OK, "no other clock")]),
        ({"NATS": 1.9}, [(OK, "this machine and NATS agree")]),
        ({"NATS": 3}, [(WARNING, "this machine and NATS are 3 s apart, and nobody knows")]),
        ({"NATS": -31}, [(PROBLEM, "31 s apart")]),
        ({"NATS": 0.5, "PostgreSQL": 40}, [(PROBLEM, "PostgreSQL is 40 s ahead of the others")]),
        ({"NATS": 5, "PostgreSQL": 5.5}, [(WARNING, "this machine is 5 s behind the others")]),
        ({"NATS": 60, "PostgreSQL": -60}, [(PROBLEM, "120 s")]),
        ({"NATS": 0, "PostgreSQL": 0, "Spotify": 1}, [(OK, "NATS, PostgreSQL and Spotify agree")]),
        ({"NATS": 20, "Spotify": 20}, [(WARNING, "this machine is 20 s behind that of Spotify")]),
        (
            {"NATS": 0, "PostgreSQL": 0, "Spotify": 45},  # three on one machine are no majority against Spotify
            [(PROBLEM, "this machine is 45 s behind"), (PROBLEM, "NATS is 45 s"), (PROBLEM, "PostgreSQL is 45 s")],
        ),
    ],
)
def test_of_clocks(ahead: dict[str, float], told: list[tuple[State, str]]) -> None:
    found = clocks({**HERE, **ahead})

    assert [one.state for one in found] == [state for state, _ in told]
    for one, (_, what) in zip(found, told, strict=True):
        assert what.replace("120 s", "2 min") in one.what


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "coarse", "ahead"),
    [
        (1, 0, 0),  # within the time that the answer took: nobody can say more
        (0, 0, 0),
        (5, 0, 3),
        (-4, 0, -4),
        (-1, 1, 0),  # a clock that tells whole seconds
        (-4, 1, -3),
        (-0.5, 1, 0),
    ],
)
def test_a_slow_answer_is_no_wrong_clock(said: float, coarse: float, ahead: float) -> None:
    moment = Moment(NOON + timedelta(seconds=said), NOON, NOON + timedelta(seconds=2), timedelta(seconds=coarse))

    assert moment.ahead == ahead
