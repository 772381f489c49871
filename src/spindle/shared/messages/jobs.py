"""Jobs: how they are going, how they ended, and why."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from spindle.shared.ids import JobId, UserId
from spindle.shared.messages import Message, Value

# --- values ------------------------------------------------------------------------------------------------------


class Status(StrEnum):
    RUNNING = "running"
    SUCCESS = "success"
    PARTIAL = "partial"
    ERROR = "error"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why an initial sync stopped (design §3), or why a job of any kind ended early."""

    EMPTY_PAGE = "empty_page"
    NO_PROGRESS = "no_progress"
    MAX_DAYS = "max_days"
    MAX_REQUESTS = "max_requests"
    RATE_LIMITED = "rate_limited"
    DISCONNECTED = "disconnected"
    LOST = "lost"
    CANCELLED = "cancelled"
    DIED = "died"
    """A step of it is a dead letter: it can be retried."""
    DRY_RUN = "dry_run"
    """An import that was only to tell what it would bring."""


class Verdict(Value):
    """How a job ended. It counts once all steps up to its own are stored."""

    status: Status
    reason: Reason | None = None
    error: str | None = None
    waiting_until: AwareDatetime | None = None
    """When an incomplete job will be tried again."""
    failing_since: AwareDatetime | None = None
    """Of a poll: since when polls in a row had failed, this one or those just before it."""
    alarm: bool = False
    """Of a poll that failed: with it they have failed for a day. Of one that succeeded: that had been said."""


class Progress(Value):
    """How far an import has come in what it is doing; in rows."""

    doing: Literal["reading", "recording"]
    done: int
    total: int


# --- facts -------------------------------------------------------------------------------------------------------


class ChainStarted(Message):
    """A job's first step is in its mailbox."""

    subject: ClassVar[str] = "facts.jobs.{user}"

    fact: Literal["ChainStarted"] = "ChainStarted"
    user: UserId
    job: JobId
    started_at: AwareDatetime

    @property
    def identity(self) -> str:
        return f"{self.job}:started"


class JobDelayed(Message):
    """A job's step could not be done now; it waits in its mailbox until then."""

    subject: ClassVar[str] = "facts.jobs.{user}"

    fact: Literal["JobDelayed"] = "JobDelayed"
    user: UserId
    job: JobId
    step: int
    attempt: int
    started_at: AwareDatetime
    delayed_at: AwareDatetime
    waiting_until: AwareDatetime
    error: str
    requests: int = 0

    @property
    def identity(self) -> str:
        return f"{self.job}:{self.step}:delayed:{self.attempt}"


class JobEnded(Message):
    """A job ended otherwise than by a page: cancelled, failed, or lost."""

    subject: ClassVar[str] = "facts.jobs.{user}"

    fact: Literal["JobEnded"] = "JobEnded"
    user: UserId
    job: JobId
    step: int
    """The step at which it ended; 0 when nobody knows."""
    started_at: AwareDatetime
    ended_at: AwareDatetime
    verdict: Verdict
    requests: int = 0
    next_poll_at: AwareDatetime | None = None
    """When the poll after a failed one is due."""
    retried: int = 0
    """Number of the dead letter as which the job was retried before."""

    @property
    def identity(self) -> str:
        return f"{self.job}:{self.step}:ended:{self.verdict.status}{f':{self.retried}' if self.retried else ''}"


class JobReopened(Message):
    """A job that had died goes on: somebody retried its dead letter. What ended it before counts no more."""

    subject: ClassVar[str] = "facts.jobs.{user}"

    fact: Literal["JobReopened"] = "JobReopened"
    user: UserId
    job: JobId
    step: int
    started_at: AwareDatetime
    reopened_at: AwareDatetime
    letter: int

    @property
    def identity(self) -> str:
        return f"{self.job}:reopened:{self.letter}"


# --- events ------------------------------------------------------------------------------------------------------


class Totals(Value):
    """The sums over a job's stored steps."""

    steps: int = 0
    requests: int = 0
    fetched: int = 0
    new: int = 0
    duplicates: int = 0


class JobStarted(Message):
    """A job is known to the database."""

    subject: ClassVar[str] = "jobs.started.{user}"

    event: Literal["JobStarted"] = "JobStarted"
    user: UserId
    name: str
    job: JobId
    started_at: AwareDatetime
    caused_by: str

    @property
    def identity(self) -> str:
        return f"{self.job}:started"


class JobProgressed(Message):
    """One more step of a long job is stored, or it waits."""

    subject: ClassVar[str] = "jobs.progressed.{user}"

    event: Literal["JobProgressed"] = "JobProgressed"
    user: UserId
    name: str
    job: JobId
    step: int
    totals: Totals
    waiting_until: AwareDatetime | None = None
    error: str | None = None
    progress: Progress | None = None
    """Of an import, which knows how much there is to do."""
    caused_by: str

    @property
    def identity(self) -> str:
        done = f":{self.progress.done}" if self.progress else ""
        return f"{self.caused_by}:progressed{done}"


class JobFinished(Message):
    """All of a job's steps are stored. A job that was retried ends once more."""

    subject: ClassVar[str] = "jobs.finished.{user}"

    event: Literal["JobFinished"] = "JobFinished"
    user: UserId
    name: str
    job: JobId
    verdict: Verdict
    totals: Totals
    finished_at: AwareDatetime
    caused_by: str

    @property
    def identity(self) -> str:
        return f"{self.caused_by}:finished"


class JobFailed(JobFinished):
    """A job ended with an error."""

    subject: ClassVar[str] = "jobs.failed.{user}"

    event: Literal["JobFailed"] = "JobFailed"  # type: ignore[assignment]
