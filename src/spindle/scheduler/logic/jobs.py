"""Which jobs a listener should have, and in which order they are started."""

from dataclasses import replace
from datetime import datetime, timedelta

from spindle.shared.bus.letters import Letter
from spindle.shared.ids import JobId, Kind, UserId, job_of, new_job, next_job, parts
from spindle.shared.messages.ask import ImportRow, Listener
from spindle.shared.messages.imports import ImportArchive
from spindle.shared.messages.jobs import Status
from spindle.shared.messages.plays import PollPlays, Step, SyncPlays
from spindle.shared.messages.users import UserLinked

PRIORITY = (Kind.ARCHIVE, Kind.INITIAL, Kind.POLL)
"""Of one listener's jobs when all are due (design §5). Each has a mailbox and a worker of its own, so that a poll
never waits for an unfinished import or initial sync."""

_HAS_A_LETTER = "it failed with a dead letter: `spindle dead` lists it; dropping that takes back what it has brought"
STILL_RUNNING = "it is still running; cancel it instead"

OVERDUE = timedelta(minutes=5)
STUCK = timedelta(minutes=30)
"""A step that lies ready for so long is put in again; under load that only costs it its place in the queue."""

_LATER = timedelta(milliseconds=1)  # ids sort by start


def due(listener: Listener, initial_sync_enabled: bool) -> tuple[Kind, ...]:
    """What should be in the listener's mailboxes, most urgent first. Imports are started by whoever uploads them."""
    if listener.disconnected_at is not None:
        return ()
    wanted = {Kind.POLL}
    if initial_sync_enabled and owes_initial_sync(listener):
        wanted.add(Kind.INITIAL)
    return tuple(kind for kind in PRIORITY if kind in wanted)


def waits(listener: Listener, kind: Kind, now: datetime) -> bool:
    """Whether the job failed and said when the next one is to begin. One whose step brought workers down leaves nobody
    in its mailbox that waits for that."""
    if kind is Kind.POLL:
        until = listener.next_poll_at if listener.poll_error else None
    else:
        until = None if listener.initial_sync.running else listener.initial_sync.waiting_until
    return until is not None and until > now


def starts(linked: UserLinked, initial_sync_enabled: bool) -> tuple[Kind, ...]:
    """What begins when a listener is linked, most urgent first. Linked again, only what is still owed begins."""
    wanted = {Kind.POLL} | ({Kind.INITIAL} if initial_sync_enabled and not linked.initial_sync_completed else set())
    return tuple(kind for kind in PRIORITY if kind in wanted)


def begun_by(linked: UserLinked, kind: Kind) -> JobId:
    """The job that a link begins: when the event comes again, as it may to another scheduler, the same one."""
    if linked.linked_at is None:
        return new_job(kind, linked.user)
    return _of_link(kind, linked.user, linked.linked_at)


def owed(listener: Listener, kind: Kind) -> JobId:
    """The job that should be in the listener's mailbox and is not: the same one for every scheduler that misses it, and
    another one as soon as anything has become of it. A link's own first sync may still be on its way."""
    sync = listener.initial_sync
    if kind is Kind.POLL:
        missed = f"the poll after {listener.last_poll_at}"
        return job_of(kind, listener.user, missed, listener.next_poll_at or listener.linked_at)
    if sync.started_at is None:
        return _of_link(kind, listener.user, listener.linked_at)
    return job_of(kind, listener.user, f"after {sync.running or sync.started_at}", sync.started_at + _LATER)


def _of_link(kind: Kind, user: UserId, linked_at: datetime) -> JobId:
    return job_of(kind, user, "linked", linked_at)


def owes_initial_sync(listener: Listener) -> bool:
    """A completed one is not repeated, and one that somebody cancelled waits for somebody to trigger it."""
    sync = listener.initial_sync
    return sync.completed_at is None and sync.status is not Status.CANCELLED


def first_step(job: JobId, now: datetime, newest: datetime | None = None) -> Step:
    """The step that begins a job; a poll reads on until it meets the `newest` play that is known. Raises `ValueError`
    for a kind that needs more than a listener to begin."""
    kind, user = parts(job)
    if kind is Kind.POLL:
        return PollPlays(user=user, job=job, started_at=now, newest=newest)
    if kind is Kind.INITIAL:
        return SyncPlays(user=user, job=job, started_at=now)
    raise ValueError(f"{kind} is not started from here")


def import_of(user: UserId, upload: str, dry_run: bool, now: datetime) -> ImportArchive:
    """The step that begins an import. Raises `ValueError` when the upload's id is none."""
    job = f"{Kind.ARCHIVE}.{user}.{upload}"
    parts(job)
    return ImportArchive(user=user, job=job, started_at=now, dry_run=dry_run)


def not_to_be_undone(found: ImportRow) -> str | None:
    """Why an import cannot be undone; none when it can."""
    if found.status is Status.RUNNING:
        return STILL_RUNNING
    if found.dry_run:
        return "it was a dry run: there is nothing to undo"
    if found.status is Status.CANCELLED:
        return "it was cancelled: nothing of it has remained"
    if found.status is Status.ERROR:
        return "it failed: nothing of it has remained" if found.revoked_at else _HAS_A_LETTER
    if found.revoked_at is not None:
        return "it was undone already" if found.undone_at else "it is being undone already"
    return None


def poll_after(letter: Letter, at: datetime) -> PollPlays:
    """What comes instead of a poll that is cancelled: the next one, which knows what that one knew, and begins anew
    with the newest page, of which it tells everything."""
    poll = PollPlays.decoded(letter.body)
    anew = dict.fromkeys(("why", "due_at", "before", "latest", "whole_at"))
    return poll.model_copy(update=anew | {"job": next_job(poll.job, at), "step": 1, "started_at": at, "attempt": 0})


def hurried(letter: Letter) -> Letter:
    """What is done instead of waiting, because somebody asks for it: a poll tells everything that Spotify shows."""
    if parts(letter.step.job)[0] is not Kind.POLL:
        return letter
    poll = PollPlays.decoded(letter.body)
    return replace(letter, body=poll.model_copy(update={"whole_at": None}).encoded())


def move_to(letter: Letter, held: bool, now: datetime) -> datetime | None:
    """When a step that lies in its mailbox should be done instead; none when all is well.

    `held` says that the listener's pause covers it. A schedule that should have turned into a step, a step that nobody
    was given, and a parked step whose pause is over: each is put in again.
    """
    if letter.parked:
        return None if held else now
    if letter.due_at is None:
        return now if letter.since < now - STUCK else None
    return now if letter.due_at < now - OVERDUE else None
