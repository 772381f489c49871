"""How far a long job has come: for a bar, and in words."""

from dataclasses import dataclass
from datetime import datetime

from spindle.people.lines import rows
from spindle.people.wording import count
from spindle.shared.ids import JobId
from spindle.shared.messages.ask import ImportRow, JobRow

_SOON = 1.0  # seconds, before which a rate says nothing


@dataclass(frozen=True)
class Going:
    job: JobId
    phase: str
    """`initial sync`, `reading` or `recording`."""
    done: int
    total: int | None
    """None until it is known; of an initial sync the most that it may come to."""
    words: str
    per_second: float | None

    @property
    def percent(self) -> float | None:
        return round(min(100.0, 100 * self.done / self.total), 1) if self.total else None


def of_initial(row: JobRow, most: int, now: datetime) -> Going:
    """By pages, of which there may be `most`."""
    words = f"page {row.steps:,} of at most {most:,} · {count(row.new, 'new play')}"
    return Going(row.job, "initial sync", row.steps, most, words, _rate(row.fetched, row.started_at, now))


def of_import(row: ImportRow, now: datetime) -> Going:
    """By rows."""
    told = row.progress
    if told is None or not told.total:
        return Going(row.job, "reading", 0, None, "the files are being looked at", None)
    rate = _rate(told.done, row.started_at, now)
    return Going(row.job, told.doing, told.done, told.total, rows(told), rate)


def _rate(done: int, since: datetime, now: datetime) -> float | None:
    seconds = (now - since).total_seconds()
    return done / seconds if done and seconds >= _SOON else None
