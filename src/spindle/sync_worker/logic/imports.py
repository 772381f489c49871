"""What follows a step of an import: its slices one by one, then the verdict; or why nothing of it may remain."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from spindle.shared.failures import ended
from spindle.shared.messages import Written
from spindle.shared.messages.imports import (
    ArchiveCut,
    ArchiveRead,
    FileCut,
    ImportArchive,
    ImportRevoked,
    Rows,
    RowsRead,
)
from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.outcomes import Outcome, put_off

FAILURES = 5
"""In a row, of one step: what was handed over brings the worker down, and will do so again."""
RETRY_AFTER = timedelta(seconds=3)
"""Times the number of failures."""

WAIT = timedelta(seconds=2)
OTHERS_ARE_CUT = "other imports are being read"
RECORDER_IS_BEHIND = "the recorder has to catch up first"

_FIRST_SLICE = 2
"""The step that reads slice 0."""
_NAMED = 3  # files whose trouble is told in the verdict; the receipt has all


def next_slice(step: ImportArchive) -> int | None:
    """Which one this step reads. None when all are read, or nothing is cut yet."""
    number = step.step - _FIRST_SLICE
    return number if step.slices is not None and 0 <= number < step.slices else None


def cut(step: ImportArchive, slices: int, files: Sequence[FileCut], now: datetime) -> Outcome:
    fact = ArchiveCut(
        user=step.user,
        job=step.job,
        step=step.step,
        started_at=_started(step, now),
        cut_at=now,
        dry_run=step.dry_run,
        slices=slices,
        files=tuple(files),
    )
    return Outcome(facts=(fact,), successor=_next(step, slices=slices, incomplete=incomplete(files)))


def slice_of(cut: ImportArchive, number: int, rows: Rows, now: datetime) -> RowsRead:
    """The fact that the step of this slice will publish; `cut` is the first step."""
    return RowsRead(
        user=cut.user,
        job=cut.job,
        step=number + _FIRST_SLICE,
        started_at=_started(cut, now),
        read_at=now,
        rows=rows,
        dry_run=cut.dry_run,
    )


def read(step: ImportArchive, written: bytes) -> Outcome:
    """`written` is its slice, which the recorder looks through; to do so here too would cost as much as cutting."""
    on, identity = RowsRead.subject.format(user=step.user), f"{step.job}:{step.step}:rows"
    return Outcome(facts=(Written(on, identity, written),), successor=_next(step))


def all_read(step: ImportArchive, now: datetime) -> Outcome:
    status = Status.PARTIAL if step.incomplete else Status.SUCCESS
    fact = ArchiveRead(
        user=step.user,
        job=step.job,
        step=step.step,
        started_at=_started(step, now),
        read_at=now,
        verdict=Verdict(status=status, reason=Reason.DRY_RUN if step.dry_run else None, error=step.incomplete),
    )
    return Outcome(facts=(fact,))


def refused(step: ImportArchive, why: str, now: datetime) -> Outcome:
    """It has failed for good: nothing that it brought may remain."""
    verdict = Verdict(status=Status.ERROR, error=why)
    revoked = ImportRevoked(user=step.user, job=step.job, started_at=_started(step, now), revoked_at=now)
    return Outcome(facts=(ended(step, verdict, now, requests=0), revoked))


def failed(step: ImportArchive, error: Exception, now: datetime) -> Outcome:
    """Nobody foresaw this error: again a few times, in case it was not the upload's fault."""
    if step.failures + 1 >= FAILURES:
        return refused(step, f"it cannot be read: {type(error).__name__} at step {step.step}, {FAILURES} times", now)
    counted = step.model_copy(update={"failures": step.failures + 1, "attempt": step.attempt + 1})
    return put_off(counted, now + RETRY_AFTER * counted.failures, f"it could not be read: {type(error).__name__}")


def incomplete(files: Sequence[FileCut]) -> str | None:
    """What of an upload could not be read."""
    wrong = [f"{each.name}: {each.why}" for each in files if each.why]
    more = [f"and {len(wrong) - _NAMED} more files"] if len(wrong) > _NAMED else []
    return "; ".join([*wrong[:_NAMED], *more]) or None


def _next(step: ImportArchive, **more: object) -> ImportArchive:
    return step.model_copy(update={"step": step.step + 1, "attempt": 0, "failures": 0, "why": None} | more)


def _started(step: ImportArchive, now: datetime) -> datetime:
    """Clocks of two machines differ: nothing ends before it has begun."""
    return min(step.started_at, now)
