"""What `up` tells of what happens, and what it keeps to itself."""

from datetime import UTC, datetime

import pytest

from spindle.cli.running.telling import Calm
from spindle.shared.messages import Message
from spindle.shared.messages.doors import DoorClosed, DoorOpened
from spindle.shared.messages.jobs import JobStarted
from spindle.shared.messages.users import Left, UserExpiring, UserFailing, UserRecovered

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA = {"user": "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f", "name": "ada", "caused_by": "x"}


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (DoorClosed(family="history", of="app", quota=False, closed_at=AT, until=AT, why="x"), True),
        (DoorOpened(family="history", of="app", until=AT, opened_at=AT), True),
        (UserFailing(**ADA, since=AT, error="x"), True),
        (UserRecovered(**ADA, since=AT), True),
        (UserExpiring(**ADA, ends_at=AT, left=Left.WEEK), True),
        (JobStarted(**ADA, job=f"poll.{ADA['user']}.01a80c5e7e007d1e8b6a5c4d3e2f1a0b", started_at=AT), False),
    ],
    ids=lambda it: type(it).__name__ if isinstance(it, Message) else "",
)
def test_what_somebody_must_know_is_told(message: Message, told: bool) -> None:
    assert Calm().matters(message) is told
