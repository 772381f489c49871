"""The course of a job: what it did from when to when, put together from its books, and the same of two in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from spindle.people.wording import brief, capital, count
from spindle.shared.messages.ask import JobRow, StepRow

_NOTHING = timedelta()


class Doing(StrEnum):
    STEP = "step"
    TRY = "try"
    """A step that could not be done then."""
    WAIT = "wait"


@dataclass(frozen=True)
class Stretch:
    """Something that a job did; times count from its beginning."""

    doing: Doing
    begins: timedelta
    ends: timedelta
    step: int
    requests: int = 0
    fetched: int = 0
    new: int = 0
    why: str = ""

    @property
    def lasts(self) -> timedelta:
        return self.ends - self.begins

    @property
    def words(self) -> str:
        lasting = brief(self.lasts)
        if self.doing is Doing.WAIT:
            return f"waits for {lasting}" + (f": {self.why}" if self.why else "")
        if self.doing is Doing.TRY:
            return f"step {self.step} put off after {lasting}: {self.why}"
        calls = f", {count(self.requests, 'call')}" if self.requests else ""
        return f"step {self.step}, {lasting}{calls}, {self.new:,} new of {self.fetched:,}"


@dataclass(frozen=True)
class Course:
    job: JobRow
    stretches: Sequence[Stretch]
    lasts: timedelta

    @property
    def waits(self) -> Sequence[Stretch]:
        return self._of(Doing.WAIT)

    @property
    def tries(self) -> Sequence[Stretch]:
        return self._of(Doing.TRY)

    @property
    def steps(self) -> Sequence[Stretch]:
        return self._of(Doing.STEP)

    def _of(self, doing: Doing) -> Sequence[Stretch]:
        return [each for each in self.stretches if each.doing is doing]


def course(job: JobRow, steps: Sequence[StepRow], now: datetime) -> Course:
    """`steps` as they came about. What runs still, or waits, does so until now."""
    found: list[Stretch] = []
    at, due = job.started_at, None
    why = ""
    for row in steps:
        if due or row.what == "reopened":
            until = min(due, row.at) if due and row.what != "reopened" else row.at
            found += _wait(at, until, job, why)
            at = max(at, until)
        if row.what not in ("started", "reopened"):
            doing = Doing.TRY if row.what == "delayed" else Doing.STEP
            found.append(_stretch(doing, at, row.at, job, row))
        at, why = max(at, row.at), row.error or ""
        due = row.next_at if row.what == "delayed" else None
    end = max(at, job.finished_at or now)
    if due and not job.finished_at:
        found += _wait(at, end, job, why)
    return Course(job, found, end - job.started_at)


def _stretch(doing: Doing, begins: datetime, ends: datetime, job: JobRow, row: StepRow) -> Stretch:
    begun = max(_NOTHING, begins - job.started_at)
    ended = max(begun, ends - job.started_at)
    return Stretch(doing, begun, ended, row.step, row.requests, row.fetched, row.new, row.error or "")


def _wait(begins: datetime, ends: datetime, job: JobRow, why: str) -> Sequence[Stretch]:
    if ends <= begins:
        return []
    return [Stretch(Doing.WAIT, begins - job.started_at, ends - job.started_at, 0, why=why)]


# --- two of them -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """What can be compared: a number, in seconds where it is a time."""

    name: str
    values: Sequence[float]
    is_time: bool = False

    @property
    def called(self) -> str:
        return capital(self.name.removesuffix("_seconds").replace("_", " "))

    def written(self, value: float) -> str:
        return brief(timedelta(seconds=value)) if self.is_time else f"{value:,.0f}"

    def number(self, which: int) -> float:
        """For programs: seconds with milliseconds, everything else whole."""
        return round(self.values[which], 3) if self.is_time else int(self.values[which])

    @property
    def difference(self) -> str:
        """Of the first against the second."""
        first, second = self.values
        if self.written(first) == self.written(second):
            return "the same"
        sign = "+" if first > second else "−"  # noqa: RUF001 -- as wide as the plus above it
        share = f" ({sign}{abs(first - second) / second:.0%})" if second else ""
        return f"{sign}{self.written(abs(first - second))}{share}"


def figures(courses: Sequence[Course]) -> Sequence[Figure]:
    """The same of each."""
    waited = [sum((each.lasts for each in one.waits), _NOTHING).total_seconds() for one in courses]
    slowest = [max((each.lasts for each in one.steps), default=_NOTHING).total_seconds() for one in courses]
    return (
        Figure("duration_seconds", [one.lasts.total_seconds() for one in courses], is_time=True),
        Figure("steps", [one.job.steps for one in courses]),
        Figure("calls", [one.job.requests for one in courses]),
        Figure("fetched", [one.job.fetched for one in courses]),
        Figure("new", [one.job.new for one in courses]),
        Figure("retries", [len(one.tries) for one in courses]),
        Figure("waits", [len(one.waits) for one in courses]),
        Figure("waited_seconds", waited, is_time=True),
        Figure("slowest_step_seconds", slowest, is_time=True),
    )
