"""Which jobs a listener should have, how they begin, and when what lies in a mailbox is put in again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.scheduler.logic.jobs import (
    OVERDUE,
    PRIORITY,
    STUCK,
    begun_by,
    due,
    first_step,
    hurried,
    import_of,
    move_to,
    not_to_be_undone,
    owed,
    owes_initial_sync,
    poll_after,
    starts,
)
from spindle.shared.bus.letters import NEVER, Letter
from spindle.shared.ids import Kind, new_job
from spindle.shared.messages.ask import ImportRow, InitialSync, Listener
from spindle.shared.messages.imports import Buckets, ImportArchive
from spindle.shared.messages.jobs import Status
from spindle.shared.messages.plays import PollPlays, SyncPlays
from spindle.shared.messages.users import UserLinked

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
MS = timedelta(milliseconds=1)


def listener(status: Status | None = None, completed: bool = False, disconnected: bool = False) -> Listener:
    return Listener(
        user=USER,
        name="ada",
        account="ada-account",
        linked_at=NOW,
        disconnected_at=NOW if disconnected else None,
        initial_sync=InitialSync(status=status, completed_at=NOW if completed else None),
    )


def letter(since: datetime = NOW, due_at: datetime | None = None) -> Letter:
    word = "later" if due_at else "step"
    return Letter(subject=f"sync.poll.{USER}.{word}", sequence=1, body=b"{}", since=since, due_at=due_at)


def test_of_everything_due_imports_come_first_and_polls_last() -> None:
    assert PRIORITY == (Kind.ARCHIVE, Kind.INITIAL, Kind.POLL)
    assert set(PRIORITY) == set(Kind)


@pytest.mark.parametrize(
    ("status", "completed", "expected"),
    [
        (None, False, True),
        (Status.RUNNING, False, True),
        (Status.PARTIAL, False, True),
        (Status.ERROR, False, True),
        (Status.CANCELLED, False, False),
        (Status.SUCCESS, True, False),
        (Status.RUNNING, True, False),
        (Status.ERROR, True, False),
        (Status.CANCELLED, True, False),
    ],
)
def test_an_initial_sync_is_owed_until_it_completes_or_is_cancelled(
    status: Status | None, completed: bool, expected: bool
) -> None:
    assert owes_initial_sync(listener(status, completed)) is expected


@pytest.mark.parametrize(
    ("known", "enabled", "expected"),
    [
        (listener(), True, (Kind.INITIAL, Kind.POLL)),
        (listener(), False, (Kind.POLL,)),
        (listener(completed=True), True, (Kind.POLL,)),
        (listener(Status.CANCELLED), True, (Kind.POLL,)),
        (listener(disconnected=True), True, ()),
        (listener(completed=True, disconnected=True), False, ()),
    ],
)
def test_a_linked_listener_is_polled_and_the_others_are_left_alone(
    known: Listener, enabled: bool, expected: tuple[Kind, ...]
) -> None:
    assert due(known, enabled) == expected


@pytest.mark.parametrize(
    ("completed", "enabled", "expected"),
    [
        (False, True, (Kind.INITIAL, Kind.POLL)),
        (False, False, (Kind.POLL,)),
        (True, True, (Kind.POLL,)),
        (True, False, (Kind.POLL,)),
    ],
)
def test_a_new_link_starts_what_is_still_owed(completed: bool, enabled: bool, expected: tuple[Kind, ...]) -> None:
    event = UserLinked(user=USER, name="ada", initial_sync_completed=completed, caused_by="x")

    assert starts(event, enabled) == expected


def test_a_link_begins_the_same_job_however_often_it_is_told_and_whoever_misses_it() -> None:
    event = UserLinked(user=USER, name="ada", caused_by="x", linked_at=NOW)
    again = event.model_copy(update={"linked_at": NOW + MS})

    assert begun_by(event, Kind.INITIAL) == begun_by(event, Kind.INITIAL) == owed(listener(), Kind.INITIAL)
    assert begun_by(again, Kind.INITIAL) > begun_by(event, Kind.INITIAL)


@pytest.mark.parametrize("kind", [Kind.INITIAL, Kind.POLL])
def test_who_misses_a_job_begins_the_same_one_as_long_as_nothing_has_become_of_it(kind: Kind) -> None:
    running = InitialSync(status=Status.RUNNING, started_at=NOW, running=new_job(Kind.INITIAL, USER))
    later = InitialSync(status=Status.RUNNING, started_at=NOW, running=owed(known(running), Kind.INITIAL))

    assert owed(known(running), kind) == owed(known(running), kind)
    assert (owed(known(later), kind) == owed(known(running), kind)) is (kind is Kind.POLL)
    assert owed(known(running, NOW), Kind.POLL) != owed(known(running), Kind.POLL)


def known(sync: InitialSync, polled_at: datetime | None = None) -> Listener:
    return listener().model_copy(update={"initial_sync": sync, "last_poll_at": polled_at})


@given(status=st.none() | st.sampled_from(Status), completed=st.booleans(), gone=st.booleans(), enabled=st.booleans())
def test_what_is_due_is_in_order_and_never_an_import(
    status: Status | None, completed: bool, gone: bool, enabled: bool
) -> None:
    kinds = due(listener(status, completed, gone), enabled)

    assert kinds == tuple(kind for kind in PRIORITY if kind in kinds)
    assert Kind.ARCHIVE not in kinds
    assert (Kind.POLL in kinds) is not gone


@pytest.mark.parametrize(("kind", "expected"), [(Kind.POLL, PollPlays), (Kind.INITIAL, SyncPlays)])
def test_a_chain_begins_with_step_one_of_a_job_of_its_own(kind: Kind, expected: type[PollPlays | SyncPlays]) -> None:
    job = new_job(kind, USER)

    step = first_step(job, NOW)

    assert step == expected(user=USER, job=job, step=1, started_at=NOW)
    assert step.on == f"sync.{kind}.{USER}.step"


def test_an_import_does_not_begin_with_a_listener_alone() -> None:
    with pytest.raises(ValueError, match="archive is not started from here"):
        first_step(new_job(Kind.ARCHIVE, USER), NOW)


def test_an_import_begins_with_the_number_of_its_upload() -> None:
    step = import_of(USER, "0" * 32, dry_run=True, now=NOW)

    assert step == ImportArchive(user=USER, job=f"archive.{USER}.{'0' * 32}", step=1, started_at=NOW, dry_run=True)
    assert step.on == f"sync.archive.{USER}.step"


@pytest.mark.parametrize("upload", ["", "0" * 31, "0" * 33, "A" * 32, "../" + "0" * 29, "0" * 32 + "\n"])
def test_an_upload_with_an_id_that_is_none_is_no_import(upload: str) -> None:
    with pytest.raises(ValueError, match="a job id is"):
        import_of(USER, upload, dry_run=False, now=NOW)


def imported(status: Status = Status.SUCCESS, **more: object) -> ImportRow:
    row = ImportRow(
        job=new_job(Kind.ARCHIVE, USER),
        user=USER,
        name="ada",
        status=status,
        error=None,
        dry_run=False,
        started_at=NOW,
        finished_at=NOW,
        revoked_at=None,
        undone_at=None,
        rows=2,
        buckets=Buckets(new=2),
        file_count=1,
        earliest=None,
        latest=None,
    )
    return row.model_copy(update=more)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (imported(), None),
        (imported(Status.PARTIAL), None),
        (imported(Status.RUNNING, finished_at=None), "cancel it"),
        (imported(Status.RUNNING, finished_at=None, dry_run=True), "cancel it"),
        (imported(dry_run=True), "dry run"),
        (imported(Status.CANCELLED, revoked_at=NOW), "cancelled"),
        (imported(Status.ERROR, revoked_at=NOW), "failed"),
        (imported(revoked_at=NOW), "is being undone"),
        (imported(Status.PARTIAL, revoked_at=NOW, undone_at=NOW), "was undone"),
    ],
)
def test_only_what_an_import_has_brought_can_be_undone(found: ImportRow, why: str | None) -> None:
    said = not_to_be_undone(found)

    assert said is None if why is None else said is not None and why in said


@pytest.mark.parametrize(
    ("found", "held", "moved"),
    [
        pytest.param(letter(since=NOW), False, False, id="a step just put in"),
        pytest.param(letter(since=NOW - STUCK), False, False, id="a step as old as allowed"),
        pytest.param(letter(since=NOW - STUCK - MS), False, True, id="a step that nobody was given"),
        pytest.param(
            letter(since=NOW - STUCK - MS), True, True, id="such a step of a paused listener: it parks itself"
        ),
        pytest.param(letter(due_at=NOW + MS), False, False, id="a schedule for later"),
        pytest.param(letter(due_at=NOW - OVERDUE), False, False, id="a schedule as late as allowed"),
        pytest.param(letter(due_at=NOW - OVERDUE - MS), False, True, id="a schedule that was never sent"),
        pytest.param(letter(due_at=NOW - OVERDUE - MS), True, True, id="such a schedule of a paused listener"),
        pytest.param(letter(since=NOW - 9 * STUCK, due_at=NOW + MS), False, False, id="a schedule made long ago"),
        pytest.param(letter(due_at=NEVER), True, False, id="a parked step of a paused listener"),
        pytest.param(letter(since=NOW - 9 * STUCK, due_at=NEVER), True, False, id="parked for long"),
        pytest.param(letter(due_at=NEVER), False, True, id="a parked step whose pause is over"),
    ],
)
def test_what_got_stuck_is_put_in_again_at_once(found: Letter, held: bool, moved: bool) -> None:
    assert move_to(found, held, NOW) == (NOW if moved else None)


@pytest.mark.parametrize(
    ("due_at", "expected"),
    [(None, False), (NOW, False), (NEVER - MS, False), (NEVER, True), (NEVER + MS, True)],
)
def test_a_step_scheduled_for_never_is_parked(due_at: datetime | None, expected: bool) -> None:
    assert letter(due_at=due_at).parked is expected


def test_a_letter_shows_what_all_steps_have_in_common() -> None:
    step = first_step(new_job(Kind.INITIAL, USER), NOW)

    found = Letter(subject=step.on, sequence=1, body=step.encoded(), since=NOW)

    assert (found.step.job, found.step.step, found.step.started_at) == (step.job, 1, NOW)


def test_what_comes_instead_of_a_cancelled_poll_knows_what_that_one_knew() -> None:
    poll = PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW, newest=NOW - MS, failures=3, attempt=2)

    following = poll_after(Letter(subject=poll.on, sequence=1, body=poll.encoded(), since=NOW), NOW + MS)

    assert (following.newest, following.failures, following.attempt) == (NOW - MS, 3, 0)
    assert following.started_at == NOW + MS
    assert following.job != poll.job


def test_what_comes_instead_of_a_poll_that_is_cancelled_while_it_catches_up_begins_with_the_newest_page() -> None:
    known = PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW, newest=NOW - MS, failures=3)
    under_way = {"step": 7, "before": NOW, "latest": NOW, "why": "it waits", "due_at": NOW, "whole_at": NOW}
    poll = known.model_copy(update=under_way)

    following = poll_after(Letter(subject=poll.on, sequence=1, body=poll.encoded(), since=NOW), NOW + MS)

    assert following == known.model_copy(update={"job": following.job, "started_at": NOW + MS})


def test_a_poll_that_somebody_asks_for_tells_everything_and_knows_what_it_knew() -> None:
    poll = PollPlays(user=USER, job=new_job(Kind.POLL, USER), started_at=NOW, newest=NOW - MS, whole_at=NOW, told="x")
    letter = Letter(subject=poll.on, sequence=1, body=poll.encoded(), since=NOW)

    asked = PollPlays.decoded(hurried(letter).body)

    assert asked == poll.model_copy(update={"whole_at": None})
