"""What is said of closed doors and of the budget."""

from datetime import UTC, datetime, timedelta

import pytest

from spindle.people.doctor.logic.findings import State
from spindle.people.doctor.logic.limits import budget, doors
from spindle.people.limits import Budget
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import Listener, PollLag
from spindle.shared.spotify.door import Door, Family

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def door(family: Family, quota: bool = False) -> Door:
    until = NOW + timedelta(hours=5)
    return Door(family=family, of="app", quota=quota, closed_at=NOW, until=until, why="Spotify asks us to wait.")


def listener(p95: float) -> Listener:
    lag = PollLag(p50=timedelta(seconds=1), p95=timedelta(seconds=p95), polls=100)
    return Listener(user=new_user(), name="ada", account="a", linked_at=NOW, poll_lag=lag)


def test_open_doors_are_one_finding() -> None:
    [told] = doors([], NOW)

    assert (told.state, told.what) == (State.OK, "Spotify may be asked.")


def test_each_closed_door_is_told_with_its_reason_what_goes_on_and_what_would_help() -> None:
    history, library = doors([door(Family.HISTORY, quota=True), door(Family.LIBRARY)], NOW)

    assert history.state is library.state is State.WARNING
    assert "(in 5 h): the quota of your developer account is used up, for all its applications" in history.what
    assert "SPINDLE_SPOTIFY_DEVELOPER_ACCOUNT" in history.todo
    assert library.what.startswith("Spotify keeps the library closed until ")
    assert library.what.endswith("it was asked too often; the history goes on.")
    assert "DEVELOPER_ACCOUNT" not in library.todo


@pytest.mark.parametrize(
    ("seen", "p95", "state", "what"),
    [
        (None, 120, State.OK, "It is not known here"),
        (Budget(90, 30), 120, State.OK, "30 of 90 calls in the last 30 s"),
        (Budget(90, 87), 2, State.OK, "87 of 90 calls"),
        (
            Budget(90, 87),
            61,
            State.WARNING,
            "used up (87 of 90 calls in the last 30 s), and polls of 1 listener come late",
        ),
        (Budget(1, 1), 61, State.WARNING, "used up (1 of 1 call in"),
    ],
)
def test_a_budget_that_is_used_up_is_a_trouble_only_when_polls_come_late(
    seen: Budget | None, p95: float, state: State, what: str
) -> None:
    [told] = budget(seen, [listener(p95)])

    assert told.state is state
    assert what in told.what
    assert ("SPINDLE_SPOTIFY_BUDGET" in told.todo) is (state is State.WARNING)
