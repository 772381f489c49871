"""Listeners: their rows, which are also the locks of everything that is theirs, and their tombstones."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Row, delete, null, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.errors import DataRefused
from spindle.recorder.logic.users import User, recency
from spindle.recorder.store.engine import translated
from spindle.recorder.store.schema import (
    checkpoints,
    coverage,
    import_files,
    import_rejects,
    import_rows,
    imports,
    job_steps,
    jobs,
    listening_counted,
    listening_days,
    listening_repeats,
    listening_stale,
    listening_years,
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
    *(listening_days, listening_years, listening_repeats, listening_counted),
    listening_stale,  # which the removal of plays has marked
)
_TIME_IN = text("SELECT now() AT TIME ZONE CAST(:zone AS text)")
_OF_A_LINK = ("name", "account", "linked_at", "authorized_at")
_SAVED = (
    *_OF_A_LINK,
    *("warned", "warned_link", "disconnected_at", "disconnected_why"),
    *("zone", "at_least", "chosen_at"),
)


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


async def know_zones(connection: AsyncConnection, zones: Collection[str | None]) -> None:
    """Raises `DataRefused` for one that this database does not know: no day of it could be told."""
    for zone in filter(None, zones):
        try:
            await connection.execute(_TIME_IN, {"zone": zone})
        except DBAPIError as error:
            if isinstance(translated(error), DataRefused):
                raise DataRefused(f"the database knows no time zone {zone!r}") from error
            raise


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
        zone=row.zone,
        at_least=row.at_least,
        chosen_at=row.chosen_at,
        removed_at=row.removed_at,
    )
