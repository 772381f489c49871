"""Listeners: their rows, which are also the locks of everything that is theirs, and their tombstones."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Row, delete, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.users import User, recency
from spindle.recorder.store.schema import (
    checkpoints,
    coverage,
    import_files,
    import_rejects,
    import_rows,
    imports,
    job_steps,
    jobs,
    plays,
    sightings,
    users,
)
from spindle.shared.ids import UserId
from spindle.shared.messages.users import AccountLinked, Left

_THEIRS = (
    *(sightings, import_rows, plays, coverage),
    *(import_rejects, import_files, imports),
    *(job_steps, jobs, checkpoints),
)
_OF_A_LINK = ("name", "account", "linked_at", "authorized_at")
_SAVED = (*_OF_A_LINK, "warned", "warned_link", "disconnected_at", "disconnected_why")


async def introduce(connection: AsyncConnection, facts: Iterable[AccountLinked]) -> None:
    """Give each listener a row who has none, not even a tombstone."""
    newest = sorted(facts, key=lambda fact: (fact.user, *recency(fact)))
    rows = {fact.user: {name: getattr(fact, name) for name in _OF_A_LINK} for fact in newest}
    if not rows:
        return
    values = [{"user_id": user, **row} for user, row in rows.items()]
    await connection.execute(insert(users).on_conflict_do_nothing(index_elements=["user_id"]), values)


async def locked(connection: AsyncConnection, ids: Collection[UserId]) -> dict[UserId, User]:
    """The listeners, theirs alone until the end of this transaction; in the order of ids, so that nobody deadlocks."""
    found = select(users).where(users.c.user_id.in_(sorted(ids))).order_by(users.c.user_id).with_for_update()
    return {row.user_id: _user(row) for row in await connection.execute(found)}


async def save(connection: AsyncConnection, user: User) -> None:
    values = {name: getattr(user, name) for name in _SAVED}
    await connection.execute(update(users).where(users.c.user_id == user.id).values(values))


async def remove(connection: AsyncConnection, user: UserId, at: datetime) -> None:
    """Everything of theirs goes; the row stays as a tombstone, so that a late fact does not bring them back."""
    for table in _THEIRS:
        await connection.execute(delete(table).where(table.c.user_id == user))
    nothing = dict.fromkeys(_SAVED, null())
    await connection.execute(update(users).where(users.c.user_id == user).values(removed_at=at, **nothing))


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(
        id=row.user_id,
        name=row.name or "",
        account=row.account or "",
        linked_at=row.linked_at or row.removed_at,
        authorized_at=row.authorized_at,
        warned=Left(row.warned) if row.warned else None,
        warned_link=row.warned_link,
        disconnected_at=row.disconnected_at,
        disconnected_why=row.disconnected_why,
        removed_at=row.removed_at,
    )
