"""Jobs and their books."""

from collections.abc import Collection, Iterable

from sqlalchemy import Row, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.facts import ImportFact
from spindle.recorder.logic.jobs import Entry, Run, What
from spindle.recorder.logic.ledger import Booked
from spindle.recorder.store.schema import job_steps, jobs
from spindle.shared.ids import JobId, UserId, parts
from spindle.shared.messages.jobs import Totals, Verdict

_SUMS = tuple(Totals.model_fields)


async def booked(connection: AsyncConnection, of: Collection[tuple[UserId, JobId]]) -> list[Booked]:
    """Everything that was ever booked for these jobs."""
    if not of:
        return []
    found = select(job_steps).where(tuple_(job_steps.c.user_id, job_steps.c.job).in_(sorted(of)))
    return [_booked(row) for row in await connection.execute(found)]


async def find(connection: AsyncConnection, fact: ImportFact, step: int, hash: str) -> Booked | None:  # noqa: A002
    """What was decided when this fact was booked."""
    of = job_steps.c
    found = await connection.execute(
        select(job_steps).where(of.user_id == fact.user, of.job == fact.job, of.step == step, of.hash == hash)
    )
    row = found.one_or_none()
    return None if row is None else _booked(row)


async def is_known(connection: AsyncConnection, user: UserId, job: JobId) -> bool:
    of = job_steps.c
    return await connection.scalar(select(of.job).where(of.user_id == user, of.job == job).limit(1)) is not None


async def ended(connection: AsyncConnection, user: UserId, job: JobId) -> Verdict | None:
    """How it ended; none while it runs, and when nobody knows it."""
    of = jobs.c
    found = await connection.execute(
        select(of.status, of.reason, of.error).where(of.user_id == user, of.job == job, of.finished_at.is_not(None))
    )
    row = found.one_or_none()
    return None if row is None else Verdict(status=row.status, reason=row.reason, error=row.error)


async def book(connection: AsyncConnection, added: Iterable[Booked]) -> None:
    rows = [_row(each) for each in added]
    if rows:
        await connection.execute(insert(job_steps), rows)


async def save(connection: AsyncConnection, runs: Iterable[Run]) -> None:
    rows = [_run(each) for each in sorted(runs, key=lambda each: (each.user, each.job))]
    if not rows:
        return
    written = insert(jobs)
    values = {name: written.excluded[name] for name in rows[0] if name not in {"user_id", "job"}}
    await connection.execute(written.on_conflict_do_update(index_elements=["user_id", "job"], set_=values), rows)


def _run(run: Run) -> dict[str, object]:
    return {
        "user_id": run.user,
        "job": run.job,
        "kind": parts(run.job)[0],
        "status": run.status,
        "reason": run.reason,
        "error": run.error,
        "waiting_until": run.waiting_until,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        **run.totals.model_dump(),
    }


def _row(booked: Booked) -> dict[str, object]:
    entry = booked.entry
    return {
        "user_id": entry.user,
        "job": entry.job,
        "step": entry.step,
        "hash": entry.hash,
        "what": entry.what,
        "started_at": entry.started_at,
        "at": entry.at,
        "attempt": entry.attempt,
        "requests": entry.requests,
        "fetched": entry.fetched,
        "new": entry.new,
        "duplicates": entry.duplicates,
        "next_at": entry.next_at,
        "error": entry.error,
        "verdict": _json(entry.verdict),
        "began": booked.began,
        "waits": booked.waits,
        "outcome": _json(booked.outcome),
        "finished_at": booked.finished_at,
        "plays": booked.plays,
        **{f"sum_{name}": getattr(booked.totals, name) for name in _SUMS},
    }


def _booked(row: Row[tuple[object, ...]]) -> Booked:
    entry = Entry(
        user=row.user_id,
        job=row.job,
        step=row.step,
        hash=row.hash,
        what=What(row.what),
        started_at=row.started_at,
        at=row.at,
        attempt=row.attempt,
        requests=row.requests,
        fetched=row.fetched,
        new=row.new,
        duplicates=row.duplicates,
        next_at=row.next_at,
        error=row.error,
        verdict=_verdict(row.verdict),
    )
    return Booked(
        entry=entry,
        began=row.began,
        waits=row.waits,
        outcome=_verdict(row.outcome),
        finished_at=row.finished_at,
        totals=Totals(**{name: getattr(row, f"sum_{name}") for name in _SUMS}),
        plays=row.plays,
    )


def _json(verdict: Verdict | None) -> dict[str, object] | None:
    return verdict.model_dump(mode="json") if verdict else None


def _verdict(found: object) -> Verdict | None:
    return None if found is None else Verdict.model_validate(found)
