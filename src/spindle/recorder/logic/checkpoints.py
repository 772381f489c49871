"""How far a listener's recording has come. Every change keeps a maximum, so that the order of facts does not matter;
but for how late polls were, as only their order of arrival tells."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from spindle.recorder.logic import lags
from spindle.recorder.logic.jobs import Run
from spindle.shared.ids import JobId, Kind, UserId, parts
from spindle.shared.messages.jobs import Reason, Status
from spindle.shared.messages.plays import PlaysFetched, Source
from spindle.shared.messages.users import PausesChanged


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """One row of `checkpoints`, column by column."""

    user_id: UserId
    plays: int = 0
    last_played_at: datetime | None = None

    initial_job: JobId | None = None
    """The newest initial sync; the next five columns tell of it."""
    initial_started_at: datetime | None = None
    initial_status: Status | None = None
    initial_reason: Reason | None = None
    initial_error: str | None = None
    initial_waiting_until: datetime | None = None
    initial_completed_at: datetime | None = None
    """When the last one succeeded, and why it stopped."""
    initial_completed_reason: Reason | None = None
    earliest_played_at: datetime | None = None

    poll_job: JobId | None = None
    """The newest poll, which knows when the next one is."""
    poll_started_at: datetime | None = None
    next_poll_at: datetime | None = None
    next_poll_why: str | None = None
    next_poll_why_at: datetime | None = None
    """The latest next poll for which a page gave a reason, which is that one."""
    poll_ended_job: JobId | None = None
    """The newest poll that ended, which knows whether polling works."""
    poll_ended_started_at: datetime | None = None
    poll_error: str | None = None
    poll_failing_since: datetime | None = None
    poll_completed_at: datetime | None = None
    poll_lags: tuple[int, ...] = ()
    """How late the newest polls were, in milliseconds; the newest comes last."""

    paused: tuple[str, ...] = ()
    pauses_sequence: int = 0

    @property
    def why_then(self) -> str | None:
        """Of the next poll; none when that is told by something else than a page."""
        return self.next_poll_why if self.next_poll_at == self.next_poll_why_at else None

    @property
    def synced(self) -> bool:
        return self.initial_completed_at is not None


def with_page(so_far: Checkpoint, page: PlaysFetched, new: int) -> Checkpoint:
    """After a page that brought `new` plays."""
    so_far = _with_why(so_far, page)
    if not page.plays:
        return so_far
    ends = [play.played_at for play in page.plays]
    known = replace(so_far, plays=so_far.plays + new, last_played_at=_latest(so_far.last_played_at, max(ends)))
    if page.source is not Source.INITIAL:
        return known
    return replace(known, earliest_played_at=min(ends + _given(so_far.earliest_played_at)))


def _with_why(so_far: Checkpoint, page: PlaysFetched) -> Checkpoint:
    known, told = so_far.next_poll_why_at, (page.next_poll_at, page.next_poll_why or "")
    if told[0] is None or (known is not None and (known, so_far.next_poll_why or "") >= told):
        return so_far
    return replace(so_far, next_poll_why=page.next_poll_why, next_poll_why_at=page.next_poll_at)


def with_lags(so_far: Checkpoint, pages: Iterable[PlaysFetched], committed_at: datetime) -> Checkpoint:
    """After pages that are committed for the first time; the first page of a poll knows when it was due."""
    due = [page.due_at for page in pages if page.due_at and page.source is Source.POLL]
    return replace(so_far, poll_lags=lags.more(so_far.poll_lags, due, committed_at)) if due else so_far


def with_pauses(so_far: Checkpoint, fact: PausesChanged) -> Checkpoint:
    if fact.sequence <= so_far.pauses_sequence:
        return so_far
    return replace(so_far, paused=fact.paused, pauses_sequence=fact.sequence)


def with_run(so_far: Checkpoint, run: Run) -> Checkpoint:
    """After a change of a job."""
    match parts(run.job)[0]:
        case Kind.POLL:
            return _with_poll(so_far, run)
        case Kind.INITIAL:
            return _with_initial(so_far, run)
        case _:
            return so_far


def _with_poll(so_far: Checkpoint, run: Run) -> Checkpoint:
    known = so_far
    if _not_older(run, so_far.poll_started_at, so_far.poll_job):
        known = replace(known, poll_job=run.job, poll_started_at=run.started_at, next_poll_at=run.next_at)
    if run.finished_at is None:
        # It had ended before, and somebody has retried it.
        again = so_far.poll_ended_job == run.job
        return replace(known, poll_error=None, poll_failing_since=None) if again else known
    if _not_older(run, so_far.poll_ended_started_at, so_far.poll_ended_job):
        known = replace(
            known,
            poll_ended_job=run.job,
            poll_ended_started_at=run.started_at,
            poll_error=None if run.status is Status.SUCCESS else run.error,
            poll_failing_since=_failing_since(run, run.finished_at),
        )
    if run.status is Status.SUCCESS:
        known = replace(known, poll_completed_at=_latest(so_far.poll_completed_at, run.finished_at))
    return known


def _failing_since(run: Run, ended_at: datetime) -> datetime | None:
    """No later than the end of the poll that says so, however wrong its clock was before."""
    if run.status is Status.SUCCESS or run.outcome is None or run.outcome.failing_since is None:
        return None
    return min(run.outcome.failing_since, ended_at)


def _with_initial(so_far: Checkpoint, run: Run) -> Checkpoint:
    known = so_far
    if _not_older(run, so_far.initial_started_at, so_far.initial_job):
        known = replace(
            known,
            initial_job=run.job,
            initial_started_at=run.started_at,
            initial_status=run.status,
            initial_reason=run.reason,
            initial_error=run.error,
            initial_waiting_until=run.waiting_until,
        )
    if run.status is not Status.SUCCESS or run.finished_at is None:
        return known
    before, now = (
        (so_far.initial_completed_at, so_far.initial_completed_reason or ""),
        (run.finished_at, run.reason or ""),
    )
    if before[0] is not None and (before[0], before[1]) >= now:
        return known
    return replace(known, initial_completed_at=run.finished_at, initial_completed_reason=run.reason)


def _not_older(run: Run, started_at: datetime | None, job: JobId | None) -> bool:
    return started_at is None or (run.started_at, run.job) >= (started_at, job or "")


def _latest(*times: datetime | None) -> datetime:
    return max(_given(*times))


def _given(*times: datetime | None) -> list[datetime]:
    return [time for time in times if time is not None]
