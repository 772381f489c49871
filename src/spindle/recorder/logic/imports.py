"""How an import stands: what of it is staged, what is applied, and what that says of its job."""

from dataclasses import dataclass
from datetime import datetime

from spindle.recorder.facts import ImportFact
from spindle.recorder.logic.jobs import Entry, Run, What
from spindle.recorder.logic.ledger import Booked
from spindle.shared.ids import JobId, UserId
from spindle.shared.messages.imports import ArchiveCut, ArchiveRead, RowsRead
from spindle.shared.messages.jobs import Progress, Status, Totals, Verdict


@dataclass(frozen=True, kw_only=True)
class Import:
    """One row of `imports`, column by column."""

    user_id: UserId
    number: int
    job: JobId
    started_at: datetime
    dry_run: bool = False
    slices: int | None = None
    staged_slices: int = 0
    rows: int = 0
    """That were read."""
    heard: int = 0
    """Of them, those that are plays of tracks."""
    staged: int = 0
    """Of them, those that have come to `import_rows`."""
    applied: int = 0
    """Of them, those that have become plays, or have been found to be known."""
    applied_until: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    status: Status | None = None
    error: str | None = None
    finished_at: datetime | None = None
    revoked_at: datetime | None = None
    undone_at: datetime | None = None
    removed: int = 0

    @property
    def complete(self) -> bool:
        """Everything that was read is there."""
        return self.slices is not None and self.staged_slices == self.slices

    @property
    def source(self) -> str:
        """What its coverage is filed under."""
        return f"import {self.number}"


@dataclass(frozen=True)
class Sums:
    """What became of rows of plays."""

    new: int = 0
    merged: int = 0
    duplicate: int = 0
    short: int = 0

    @property
    def rows(self) -> int:
        return self.new + self.merged + self.duplicate + self.short


def booked(fact: ImportFact, stands: Import, sums: Sums, *, began: bool, plays: int) -> Booked:
    """What is kept of a fact about an import, so that its events can be told again."""
    match fact:
        case ArchiveCut():
            at, fetched, verdict = fact.cut_at, 0, None
        case RowsRead():
            at, fetched, verdict = fact.read_at, len(fact.rows.ended), None
        case ArchiveRead():
            at, fetched, verdict = fact.read_at, 0, fact.verdict
        case _:
            raise TypeError(f"{fact.fact} is no step")
    last = isinstance(fact, ArchiveRead)
    entry = Entry(
        user=fact.user,
        job=fact.job,
        step=fact.step,
        hash=fact.fact,
        what=What.PAGE,
        started_at=fact.started_at,
        at=stands.finished_at or at,
        fetched=fetched,
        new=sums.new + sums.short if last else 0,
        duplicates=sums.merged + sums.duplicate if last else 0,
        verdict=verdict,
    )
    return Booked(
        entry=entry,
        began=began,
        waits=False,
        outcome=verdict,
        finished_at=stands.finished_at,
        totals=totals(stands, sums),
        plays=plays,
    )


def totals(stands: Import, sums: Sums) -> Totals:
    """The cut, every slice, and the end are steps."""
    steps = stands.staged_slices + (stands.slices is not None) + (stands.finished_at is not None)
    return Totals(
        steps=steps,
        fetched=stands.staged,
        new=sums.new + sums.short,
        duplicates=sums.merged + sums.duplicate,
    )


def run(stands: Import, sums: Sums, verdict: Verdict | None = None) -> Run:
    """Its row in `jobs`."""
    return Run(
        user=stands.user_id,
        job=stands.job,
        started_at=stands.started_at,
        status=verdict.status if verdict else Status.RUNNING,
        reason=verdict.reason if verdict else None,
        error=verdict.error if verdict else None,
        finished_at=stands.finished_at,
        totals=totals(stands, sums),
        outcome=verdict,
    )


def progress(stands: Import) -> Progress | None:
    """None before it is known how much there is to do."""
    if stands.slices is None:
        return None
    if stands.applied_until:
        return Progress(doing="recording", done=stands.applied, total=stands.heard)
    return Progress(doing="reading", done=stands.staged, total=stands.heard)
