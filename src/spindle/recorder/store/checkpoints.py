"""Checkpoints: one row a listener, read and written under the listener's lock."""

from collections.abc import Collection, Iterable
from dataclasses import fields

from sqlalchemy import BindParameter, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.checkpoints import Checkpoint
from spindle.recorder.store.schema import checkpoints
from spindle.shared.ids import UserId
from spindle.shared.messages.jobs import Reason, Status

_NAMES = [each.name for each in fields(Checkpoint)]


async def begin(connection: AsyncConnection, users: Collection[UserId]) -> None:
    """For listeners that have none yet; under the lock, or a listener who is being removed would keep one."""
    if users:
        rows = [{"user_id": user} for user in sorted(users)]
        await connection.execute(insert(checkpoints).on_conflict_do_nothing(index_elements=["user_id"]), rows)


async def load(connection: AsyncConnection, users: Collection[UserId]) -> dict[UserId, Checkpoint]:
    """A statement of its own after the lock: one that waits for a lock reads other tables as they were before it."""
    if not users:
        return {}
    found = await connection.execute(select(checkpoints).where(checkpoints.c.user_id.in_(users)))
    return {row.user_id: checkpoint(row._asdict()) for row in found}


async def save(connection: AsyncConnection, changed: Iterable[Checkpoint]) -> None:
    values = [{f"its_{name}": getattr(each, name) for name in _NAMES} for each in changed]
    if not values:
        return
    to: dict[str, BindParameter[object]] = {name: bindparam(f"its_{name}") for name in _NAMES if name != "user_id"}
    await connection.execute(
        update(checkpoints).where(checkpoints.c.user_id == bindparam("its_user_id")).values(to), values
    )


def checkpoint(row: dict[str, object]) -> Checkpoint:
    """From a row that has the columns of `checkpoints`, and perhaps others."""
    kinds = {
        "initial_status": Status,
        "initial_reason": Reason,
        "initial_completed_reason": Reason,
        "poll_lags": tuple,
        "paused": tuple,
    }
    values = {name: row[name] for name in _NAMES}
    made = {name: kind(values[name]) for name, kind in kinds.items() if values[name] is not None}
    return Checkpoint(**(values | made))  # type: ignore[arg-type]
