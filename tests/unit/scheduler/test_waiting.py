"""Starting a job early: what may start, and what whoever asks is told of one that waits."""

from datetime import UTC, datetime, timedelta

import pytest

from spindle.scheduler.logic.waiting import not_before, why_not_early
from spindle.shared.bus.letters import NEVER, Letter
from spindle.shared.ids import Kind, new_job, new_user
from spindle.shared.messages.plays import PollPlays, Step, SyncPlays

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=5)
USER = new_user()
CLOSED = not_before(LATER, "Spotify asked for fewer calls.")


def letter(step: Step, due_at: datetime | None = LATER) -> Letter:
    return Letter(subject=step.on, sequence=1, body=step.encoded(), since=NOW, due_at=due_at)


def poll(**more: object) -> PollPlays:
    fresh = PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW)
    return fresh.model_copy(update=more)


def sync(**more: object) -> SyncPlays:
    fresh = SyncPlays(user=USER, job=new_job(Kind.INITIAL, USER), started_at=NOW)
    return fresh.model_copy(update=more)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (sync(why="The server failed (503)."), ": The server failed (503); --now"),
        (sync(), "until 2026-07-01 17:00:00 UTC; --now"),
        (poll(why="Spotify cannot be reached."), ": Spotify cannot be reached; --now"),
    ],
)
def test_what_waits_for_a_reason_says_until_when_and_why_and_how_to_start_it(step: Step, why: str) -> None:
    said = why_not_early(letter(step), None, hurry=False)

    assert said is not None
    assert said.startswith("it waits until 2026-07-01 17:00:00 UTC")
    assert why in said
    assert why_not_early(letter(step), None, hurry=True) is None


def test_a_poll_that_waits_for_nothing_but_its_time_starts_early() -> None:
    assert why_not_early(letter(poll()), None, hurry=False) is None


@pytest.mark.parametrize("hurry", [False, True])
@pytest.mark.parametrize("step", [poll(), poll(why="The server failed."), sync(why="a door")])
def test_behind_a_closed_door_nothing_starts_early(step: Step, hurry: bool) -> None:
    said = why_not_early(letter(step), CLOSED, hurry)

    assert said == (
        "Spotify is not called before 2026-07-01 17:00:00 UTC: Spotify asked for fewer calls; it goes on by itself then"
    )


@pytest.mark.parametrize("closed", [None, CLOSED])
def test_what_runs_is_running(closed: str | None) -> None:
    assert why_not_early(letter(sync(why="long ago"), None), closed, hurry=True) == "it is already running"


def test_a_parked_step_whose_pause_is_over_starts() -> None:
    assert why_not_early(letter(sync(why="long ago"), NEVER), None, hurry=False) is None
