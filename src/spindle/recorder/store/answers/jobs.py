"""Jobs, newest first."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store import schema
from spindle.recorder.store.answers.cursors import cursor, place
from spindle.recorder.store.forgetting import polls_before
from spindle.recorder.store.schema.jobs import ENDING
from spindle.shared.ids import Kind
from spindle.shared.messages.ask import AskJobs, JobRow, Jobs
from spindle.shared.messages.jobs import Status

# In these words, or a plan that is kept for any status and kind does not know the index of the few.
_NOT_SIMPLY_OVER = schema.jobs.c.status != literal_column("'success'")
_NO_POLL = schema.jobs.c.kind != literal_column("'poll'")

_AFTER_ANY = "~"  # sorts after everything that a job id can hold


async def jobs(connection: AsyncConnection, question: AskJobs) -> Jobs:
    table = schema.jobs
    newest = (
        select(table, schema.users.c.name)
        .join(schema.users, schema.users.c.user_id == table.c.user_id)
        .where(*_asked(question))
        .order_by(table.c.started_at.desc(), table.c.job.desc())
    )
    rows = list(await connection.execute(newest.limit(question.limit + 1)))
    kept = rows[: question.limit]
    more = len(rows) > len(kept)
    return Jobs(
        jobs=tuple(JobRow.model_validate({**row._asdict(), "user": row.user_id}) for row in kept),
        next=cursor(kept[-1].started_at, kept[-1].job) if more else None,
        forgotten_before=None if more else await _forgotten(connection, question),
    )


async def _forgotten(connection: AsyncConnection, question: AskJobs) -> datetime | None:
    """Before when there were others of those that are asked for, perhaps."""
    if question.kind not in (None, Kind.POLL) or question.status is Status.RUNNING or question.ending is not None:
        return None
    before = await polls_before(connection)
    return before if before and (question.since is None or question.since < before) else None


def _asked(question: AskJobs) -> list[ColumnElement[bool]]:
    of = schema.jobs.c
    asked: list[ColumnElement[bool]] = []
    if question.user is not None:
        asked.append(of.user_id == question.user)
    if question.status is not None:
        asked += _of_status(question.status)
    if question.kind is not None:
        asked += _of_kind(question.kind)
    if question.ending is not None:
        asked += _ending(question.ending)
    if question.since is not None:
        asked.append(of.started_at >= question.since)
    if question.until is not None:
        asked.append(of.started_at < question.until)
    if question.after is not None:
        asked.append(tuple_(of.started_at, of.job) < place(question.after, "jobs"))
    return asked


def _ending(letters: str) -> list[ColumnElement[bool]]:
    of, last = schema.jobs.c, letters[-ENDING:][::-1]
    backwards = func.reverse(func.right(of.job, literal_column(str(ENDING))))
    found = [backwards >= last, backwards < last + _AFTER_ANY]
    return found if len(letters) <= ENDING else [*found, func.right(of.job, len(letters)) == letters]


def _of_status(status: Status) -> list[ColumnElement[bool]]:
    found = schema.jobs.c.status == status
    return [found] if status is Status.SUCCESS else [found, _NOT_SIMPLY_OVER]


def _of_kind(kind: Kind) -> list[ColumnElement[bool]]:
    """Ids begin with their kind, and so a listener's few jobs of a rare one lie together in the key."""
    of = schema.jobs.c
    found = [of.kind == kind, of.job >= f"{kind}.", of.job < f"{kind}/"]
    return found if kind is Kind.POLL else [*found, _NO_POLL]
