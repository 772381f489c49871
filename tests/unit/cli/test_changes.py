"""What `status --watch` prints where it cannot redraw: changes, and nothing because time goes by."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from spindle.cli.seeing.changes import Lines, Objects
from spindle.people.alive import Service
from spindle.people.limits import Budget, Limits
from spindle.people.overview import Overview
from spindle.shared.messages.ask import InitialSync, Listener, PollLag
from spindle.shared.spotify.door import Door, Family

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ADA = Listener(
    user="01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f",
    name="ada",
    account="a",
    linked_at=NOON,
    disconnected_at=None,
    disconnected_why=None,
    plays=50,
    last_played_at=NOON,
    next_poll_at=NOON + timedelta(minutes=10),
    poll_error=None,
    initial_sync=InitialSync(started_at=NOON, completed_at=NOON, earliest_played_at=NOON, reason="empty_page"),
    paused=(),
)

Said = Callable[[], list[str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Lines since the last look, without their times."""
    return lambda: [line.partition("  ")[2] for line in capsys.readouterr().out.splitlines()]


def seen(ada: Listener = ADA, minutes: float = 0, door: Door | None = None, up: bool = True) -> Overview:
    limits = Limits([door] if door else [], Budget(90, int(minutes)))
    return Overview([ada], limits, {"recorder": Service(up, backlog=int(minutes))}, NOON + timedelta(minutes=minutes))


def test_at_first_everything_is_said_and_then_nothing_while_only_time_goes_by(said: Said) -> None:
    lines = Lines()

    lines.show(seen())
    first = said()
    lines.show(seen(minutes=5))
    lines.show(seen(ADA.model_copy(update={"next_poll_at": NOON + timedelta(minutes=20)}), minutes=10))

    assert first == [
        "ada           idle          50 plays, 0 gaps: the next poll is in 10 min",
        "All services are running.",
    ]
    assert said() == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (seen(ADA.model_copy(update={"plays": 51})), "51 plays"),
        (seen(ADA.model_copy(update={"paused": ("all",)})), "everything is paused"),
        (seen(ADA.model_copy(update={"poll_error": "no answer"})), "the last poll failed: no answer"),
        (seen(up=False), "Not running: recorder."),
        (
            seen(door=Door(closed_at=NOON, until=NOON + timedelta(minutes=9), why="quota")),
            "it was asked too often; polls and initial syncs wait, imports go on.",
        ),
    ],
)
def test_a_change_is_said_once(said: Said, change: Overview, line: str) -> None:
    lines = Lines()
    lines.show(seen())
    said()

    lines.show(change)
    lines.show(change)

    assert len([one for one in said() if line in one]) == 1


def test_a_door_is_said_when_it_closes_and_when_it_is_open_again_and_not_while_somebody_tries(said: Said) -> None:
    lines = Lines()
    door = Door(family=Family.LIBRARY, closed_at=NOON, until=NOON + timedelta(minutes=9), why="quota")
    lines.show(seen())
    said()

    lines.show(seen(door=door))
    lines.show(seen(minutes=9, door=door.probed_by("somebody", NOON + timedelta(minutes=9))))
    lines.show(seen(minutes=9, door=door.opened(NOON + timedelta(minutes=9))))

    closed, opened = said()
    assert closed.startswith("Spotify keeps the library closed until ")
    assert closed.endswith("(in 9 min): it was asked too often; the history goes on.")
    assert opened == "Spotify lets us ask for the library again."


def test_that_a_login_ends_soon_is_said_once_when_it_is_so(said: Said) -> None:
    lines = Lines()
    ada = ADA.model_copy(update={"authorized_at": datetime(2026, 6, 18, 12, tzinfo=UTC)})
    lines.show(seen(ada, minutes=-6 * 1440))
    first = said()

    for minutes in (0, 5):
        lines.show(seen(ada, minutes=minutes))

    assert not any("login" in line for line in first)
    assert [line.rpartition("; ")[2] for line in said() if "login" in line] == ["the login ends on 18 December 2026"]


def test_how_late_polls_are_and_how_many_calls_were_made_is_no_change(capsys: pytest.CaptureFixture[str]) -> None:
    objects = Objects()
    lag = PollLag(p50=timedelta(seconds=1), p95=timedelta(seconds=2), polls=3)

    objects.show(seen())
    objects.show(seen(ADA.model_copy(update={"poll_lag": lag}), minutes=1))

    assert capsys.readouterr().out.count("\n") == 1


def test_an_absence_and_its_end_are_said_once_each(said: Said) -> None:
    lines = Lines()
    lines.show(seen())
    said()

    for _ in range(3):
        lines.miss("NATS does not answer")
    for _ in range(3):
        lines.show(seen())

    assert said() == ["Spindle is away: NATS does not answer", "Spindle is back."]


def test_programs_get_one_object_a_line_at_every_change(capsys: pytest.CaptureFixture[str]) -> None:
    objects = Objects()

    objects.show(seen())
    objects.show(seen(minutes=5))
    objects.miss("gone")
    objects.show(seen(ADA.model_copy(update={"plays": 51}), minutes=6))

    told = capsys.readouterr()
    assert [json.loads(line)["users"][0]["plays"] for line in told.out.splitlines()] == [50, 51]
    assert told.err.count("\n") == 1
    assert told.err.endswith(": gone\n")
