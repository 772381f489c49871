"""The overview as people see it: eighty columns, and in words what is unusual."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from spindle.cli.seeing.portrait import portrayed
from spindle.people.limits import Budget, Limits
from spindle.people.overview import Overview
from spindle.people.wording import clock
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import InitialSync, Listener, PollLag
from spindle.shared.spotify.door import Door, Family

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=2)
LAG = PollLag(p50=timedelta(seconds=0.4), p95=timedelta(seconds=1.3), polls=20)
HISTORY, LIBRARY = (
    Door(family=family, of="app", closed_at=NOW, until=UNTIL, why="x") for family in (Family.HISTORY, Family.LIBRARY)
)


def listener(name: str, **known: Any) -> Listener:
    done = InitialSync(started_at=NOW, completed_at=NOW)
    told = {"linked_at": NOW, "next_poll_at": NOW, "initial_sync": done, "poll_lag": LAG, **known}
    return Listener(user=new_user(), name=name, account=name, **told)


def seen(listeners: list[Listener], width: int = 80, **limits: Any) -> list[str]:
    console = Console(file=StringIO(), width=width)
    with console.capture() as captured:
        for part in portrayed(Overview(listeners, Limits(**limits), {}, NOW), width):
            console.print(part, soft_wrap=True)
    return captured.get().splitlines()


def test_how_late_polls_are_has_a_column_where_there_is_room_and_nothing_else_is_cut_for_it() -> None:
    two = [listener("ada"), listener("bob", poll_lag=None)]

    wide, narrow = seen(two, width=80), seen(two, width=66)

    assert "lag p95" in wide[0]
    assert [row.count("1.3 s") for row in wide[1:]] == [1, 0]
    assert "lag p95" not in narrow[0]
    assert all("…" not in row for row in narrow)


def test_before_any_poll_was_measured_there_is_no_such_column() -> None:
    assert "lag p95" not in seen([listener("ada", poll_lag=None)])[0]


def test_of_a_single_listener_it_is_told_in_words() -> None:
    assert "Polls are recorded 0.4 s after they are due, 95 % of them within 1.3 s (of the last 20 polls)." in seen(
        [listener("ada")]
    )


def test_each_closed_door_is_a_sentence_and_what_is_due_waits_for_the_one_of_the_history() -> None:
    header, ada, bob, history, library = seen([listener("ada"), listener("bob")], doors=[LIBRARY, HISTORY])

    assert "next poll" in header
    assert all("waiting" in row and "in 2 min" in row for row in (ada, bob))
    assert history.startswith("Spotify keeps the history closed until ")
    assert library.startswith("Spotify keeps the library closed until ")
    assert library.endswith("the history goes on.")


def test_a_single_listener_who_waits_for_a_door_hears_of_it_once() -> None:
    said = [row for row in seen([listener("ada")], doors=[HISTORY]) if clock(UNTIL, NOW) in row]

    assert len(said) == 1
    assert said[0].startswith("ada: Spotify keeps the history closed until ")
    assert said[0].endswith("polls and initial syncs wait, imports go on")


def test_a_login_that_ends_within_a_month_is_told_of_everybody_and_another_of_a_single_listener() -> None:
    soon = listener("ada", linked_at=NOW, authorized_at=datetime(2026, 6, 12, 12, tzinfo=UTC))
    later = listener("bob", linked_at=datetime(2026, 8, 1, 12, tzinfo=UTC))
    gone = listener("eve", authorized_at=datetime(2026, 6, 12, tzinfo=UTC), disconnected_at=NOW)

    assert [row for row in seen([soon, later, gone]) if "login ends" in row] == [
        "ada: the login ends on 12 December 2026: link the account again before plays are lost"
    ]
    assert "The login ends on 1 February 2027 at the latest." in seen([later])
    assert not [row for row in seen([gone]) if "login ends" in row]


@pytest.mark.parametrize(("used", "told"), [(87, 1), (60, 0)])
def test_a_budget_is_told_when_it_is_used_up(used: int, told: int) -> None:
    said = seen([listener("ada")], budget=Budget(90, used))

    assert sum(f"({used} of 90 calls in 30 s)" in row for row in said) == told
