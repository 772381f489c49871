"""Listeners and how far their recording has come."""

from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.lags import poll_lag
from spindle.recorder.store import schema
from spindle.recorder.store.answers.gaps import covered
from spindle.recorder.store.checkpoints import checkpoint
from spindle.shared.ids import UserId
from spindle.shared.messages.ask import AskUsers, Coverage, InitialSync, Listener, Users
from spindle.shared.messages.jobs import Status

_ID: TypeAdapter[str] = TypeAdapter(UserId)

_ROWS = (
    select(schema.users, *(column for column in schema.checkpoints.c if column.name != "user_id"))
    .join_from(schema.users, schema.checkpoints, schema.users.c.user_id == schema.checkpoints.c.user_id)
    .where(schema.users.c.removed_at.is_(None))
    .order_by(schema.users.c.user_id)
)


async def users(connection: AsyncConnection, question: AskUsers) -> Users:
    """In order of their ids, which is the order in which they came."""
    found = _ROWS.limit(question.limit + 1)
    if question.user is not None:
        found = found.where(_is(question.user))
    if question.after is not None:
        found = found.where(schema.users.c.user_id > question.after)
    if question.unwell_since is not None:
        found = found.where(_unwell(question.unwell_since))
    rows = list(await connection.execute(found))
    page = rows[: question.limit]
    proven = await covered(connection, [row.user_id for row in page]) if question.coverage else {}
    told = tuple(_listener(row, proven.get(row.user_id)) for row in page)
    return Users(users=told, more=len(rows) > question.limit)


def _unwell(since: datetime) -> ColumnElement[bool]:
    of = schema.checkpoints.c
    user = schema.users.c
    troubled = (
        *(user.disconnected_at, user.warned),
        *(of.poll_error, of.poll_failing_since, of.initial_error, of.initial_waiting_until),
    )
    late = or_(of.next_poll_at.is_(None), of.next_poll_at < since)
    return or_(late, func.cardinality(of.paused) > 0, *(column.is_not(None) for column in troubled))


def _is(name_or_id: str) -> ColumnElement[bool]:
    named = func.lower(schema.users.c.name) == func.lower(name_or_id)
    try:
        return or_(named, schema.users.c.user_id == _ID.validate_python(name_or_id.lower()))
    except ValidationError:
        return named


def _listener(row: Row[tuple[object, ...]], proven: Coverage | None) -> Listener:
    known = checkpoint(row._asdict())
    return Listener(
        user=row.user_id,
        name=row.name,
        account=row.account,
        linked_at=row.linked_at,
        authorized_at=row.authorized_at,
        warned=row.warned if row.warned_link == row.linked_at else None,
        disconnected_at=row.disconnected_at,
        disconnected_why=row.disconnected_why,
        plays=known.plays,
        last_played_at=known.last_played_at,
        last_poll_at=known.poll_completed_at,
        next_poll_at=known.next_poll_at,
        next_poll_why=known.why_then,
        poll_error=known.poll_error,
        failing_since=known.poll_failing_since,
        poll_lag=poll_lag(known.poll_lags),
        initial_sync=InitialSync(
            status=known.initial_status,
            started_at=known.initial_started_at,
            completed_at=known.initial_completed_at,
            earliest_played_at=known.earliest_played_at,
            reason=known.initial_reason or known.initial_completed_reason,
            running=known.initial_job if known.initial_status is Status.RUNNING else None,
            waiting_until=known.initial_waiting_until,
            error=known.initial_error,
        ),
        paused=known.paused,
        coverage=proven,
        zone=row.zone,
        at_least=row.at_least,
    )
