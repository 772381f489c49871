"""The books of one job, as it came about."""

from datetime import datetime

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store.answers.cursors import cursor, not_one, place
from spindle.recorder.store.schema import job_steps
from spindle.shared.messages.ask import AskSteps, StepRow, Steps


async def steps(connection: AsyncConnection, question: AskSteps) -> Steps:
    of = job_steps.c
    order = (of.at, of.step, of.hash)
    found = select(job_steps).where(of.user_id == question.user, of.job == question.job)
    if question.after:
        found = found.where(tuple_(*order) > _place(question.after))
    rows = list(await connection.execute(found.order_by(*order).limit(question.limit + 1)))
    kept = rows[: question.limit]
    last = kept[-1] if len(rows) > len(kept) else None
    return Steps(
        steps=tuple(map(_step, kept)),
        next=cursor(last.at, f"{last.step}:{last.hash}") if last else None,
    )


def _step(row: Row[tuple[object, ...]]) -> StepRow:
    known = row._asdict()
    verdict = known["verdict"] or {}
    return StepRow.model_validate(
        {
            **known,
            "status": verdict.get("status"),
            "reason": verdict.get("reason"),
            "error": known["error"] or verdict.get("error"),
        }
    )


def _place(after: str) -> tuple[datetime, int, str]:
    at, rest = place(after, "steps")
    step, _, hashed = rest.partition(":")
    try:
        return at, int(step), hashed
    except ValueError as error:
        raise not_one("steps") from error
