"""One word and one sentence for what a listener's recording is doing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spindle.people.limits import Budget, Limits
from spindle.people.states import Doing, State, doing, lagging, proven
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import Coverage, ImportRow, InitialSync, Listener, PollLag
from spindle.shared.messages.imports import Buckets
from spindle.shared.spotify.door import Door, Family

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON, AGO = NOW + timedelta(minutes=3), NOW - timedelta(minutes=1)
USER = new_user()
RUNNING = InitialSync(started_at=AGO, running=f"initial.{USER}.{'0' * 32}")


def listener(**known: Any) -> Listener:
    return Listener(user=USER, name="alice", account="a", linked_at=AGO, **{"next_poll_at": SOON, **known})


@pytest.mark.parametrize(
    ("one", "door", "state", "why"),
    [
        (listener(), None, State.IDLE, "in 3 min"),
        (listener(next_poll_at=None), None, State.IDLE, "no poll has been made yet"),
        (listener(next_poll_at=AGO), None, State.POLLING, "due now"),
        (listener(next_poll_at=NOW - timedelta(hours=1)), None, State.POLLING, "is the poll worker running?"),
        (listener(initial_sync=RUNNING), None, State.SYNCING, "the initial sync reads"),
        (listener(initial_sync=RUNNING), Door(closed_at=AGO, until=SOON, why="x"), State.WAITING, "keeps the history"),
        (
            listener(),
            Door(closed_at=AGO, until=SOON, why="x", quota=True),
            State.WAITING,
            "polls and initial syncs wait",
        ),
        (listener(), Door(family=Family.LIBRARY, closed_at=AGO, until=SOON, why="x"), State.IDLE, "in 3 min"),
        (listener(), Door(closed_at=AGO, until=AGO, why="slow down"), State.IDLE, "next poll"),
        (
            listener(initial_sync=RUNNING.model_copy(update={"waiting_until": SOON, "error": "it is ill"})),
            None,
            State.WAITING,
            "it is ill",
        ),
        (
            listener(poll_error="No answer."),
            None,
            State.ERROR,
            "the last poll failed: No answer; the next try is in 3 min",
        ),
        (
            listener(poll_error="No answer.", failing_since=NOW - timedelta(days=2), next_poll_at=AGO),
            None,
            State.ERROR,
            f"polls have failed since {NOW - timedelta(days=2):%Y-%m-%d} ",
        ),
        (listener(initial_sync=InitialSync(error="lost")), None, State.ERROR, "the initial sync failed: lost"),
        (listener(initial_sync=InitialSync(error="lost", completed_at=AGO)), None, State.IDLE, "next poll"),
        (listener(paused=("poll",), poll_error="x"), None, State.PAUSED, "poll"),
        (listener(paused=("all", "poll")), None, State.PAUSED, "everything"),
        (
            listener(paused=("all",), disconnected_at=AGO, disconnected_why="revoked"),
            None,
            State.DISCONNECTED,
            "revoked",
        ),
    ],
)
def test_the_gravest_state_is_told_with_its_reason(one: Listener, door: Door | None, state: State, why: str) -> None:
    told = doing(one, Limits([door] if door else []), NOW)

    assert told.state is state
    assert why in told.why


def imported(rows: int, done: int, dry_run: bool = False, **left: int) -> ImportRow:
    job = f"archive.{USER}.{'0' * 32}"
    never = {"error": None, "finished_at": None, "revoked_at": None, "undone_at": None}
    known = {"rows": rows, "buckets": Buckets(new=done, **left), "file_count": 1, "earliest": None, "latest": None}
    about = {"job": job, "user": USER, "name": "alice", "status": "running", "dry_run": dry_run, "started_at": AGO}
    return ImportRow.model_validate({**about, **never, **known})


@pytest.mark.parametrize(
    ("running", "why"),
    [
        (imported(0, 0), "importing: the files are being read"),
        (imported(100_000, 0), "importing: 100,000 rows to be read"),
        (imported(100_000, 45_000), "importing: 45,000 of 100,000 rows recorded"),
        (imported(100_000, 45_000, podcast=20_000), "importing: 45,000 of 80,000 rows recorded"),
        (imported(10, 5, dry_run=True), "importing, as a dry run: 5 of 10 rows recorded"),
    ],
)
def test_an_import_is_told_with_how_far_it_has_come(running: ImportRow, why: str) -> None:
    told = doing(listener(initial_sync=RUNNING), Limits([Door(closed_at=AGO, until=SOON, why="")]), NOW, running)

    assert told == Doing(State.IMPORTING, why)


def test_what_needs_somebody_stands_before_an_import() -> None:
    assert doing(listener(paused=("archive",)), Limits(), NOW, imported(10, 5)).state is State.PAUSED


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (None, "Nothing is proven of alice yet"),
        (Coverage(after=AGO, before=NOW), "there are no gaps"),
        (Coverage(after=AGO, before=NOW, gaps=1, missing=timedelta(seconds=30)), "but for 1 gap (30 s in all)"),
        (Coverage(after=AGO, before=NOW, gaps=3, missing=timedelta(hours=5)), "but for 3 gaps (5 h in all)"),
    ],
)
def test_what_is_missing_is_told_beside_what_is_proven(coverage: Coverage | None, said: str) -> None:
    assert said in proven(listener(coverage=coverage))


TOKENS = Door(family=Family.TOKENS, closed_at=AGO, until=SOON, why="x")


@pytest.mark.parametrize(
    ("minutes", "limits", "state", "why"),
    [
        (1, Limits([TOKENS]), State.WAITING, "due for 60 s, and may need a new token: Spotify renews no tokens until"),
        (0.1, Limits([TOKENS]), State.POLLING, "due now"),
        (-1, Limits([TOKENS]), State.IDLE, "the next poll is in 60 s"),
        (6, Limits(budget=Budget(90, 87)), State.WAITING, "due for 6 min: the budget of 90 calls in 30 s is used up"),
        (6, Limits(budget=Budget(90, 60)), State.POLLING, "is the poll worker running?"),
        (1, Limits(budget=Budget(90, 87)), State.POLLING, "due now"),
    ],
)
def test_a_late_poll_is_told_with_what_it_waits_for(minutes: float, limits: Limits, state: State, why: str) -> None:
    told = doing(listener(next_poll_at=NOW - timedelta(minutes=minutes)), limits, NOW)

    assert told.state is state
    assert why in told.why


@pytest.mark.parametrize(
    ("p50", "p95", "polls", "said"),
    [
        (0.25, 1.84, 100, "0.2 s after they are due, 95 % of them within 1.8 s (of the last 100 polls)."),
        (2, 400, 1, "2.0 s after they are due, 95 % of them within 7 min (of one poll so far)."),
    ],
)
def test_how_late_polls_are_is_told_in_words(p50: float, p95: float, polls: int, said: str) -> None:
    lag = PollLag(p50=timedelta(seconds=p50), p95=timedelta(seconds=p95), polls=polls)

    assert lagging(lag).endswith(said)
