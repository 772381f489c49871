"""Jobs and their steps."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from spindle.shared.ids import JobId, Kind, UserId
from spindle.shared.messages import Message, Value
from spindle.shared.messages.jobs import Reason, Status


class AskJobs(Message):
    """Jobs, newest first: everybody's or a listener's, of those that began from `since` on and before `until`."""

    subject: ClassVar[str] = "ask.jobs"

    user: UserId | None = None
    status: Status | None = None
    kind: Kind | None = None
    ending: str | None = None
    """Only jobs whose id ends so."""
    limit: int = Field(50, ge=1, le=5000)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    after: str | None = None
    """The cursor of the page before."""


class AskSteps(Message):
    """What the books say of a job, in the order of its steps."""

    subject: ClassVar[str] = "ask.steps"

    user: UserId
    job: JobId
    after: str | None = None
    """The cursor of the page before."""
    limit: int = Field(1000, ge=1, le=5000)


class JobRow(Value):
    job: JobId
    user: UserId
    name: str
    kind: str
    status: Status
    reason: Reason | None
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    steps: int
    requests: int
    fetched: int
    new: int
    duplicates: int
    error: str | None
    waiting_until: AwareDatetime | None


class StepRow(Value):
    """What one fact said of its job; a step that was put off and done later has two of these."""

    step: int
    what: str
    """`started`, `page` (it was done), `delayed`, `ended`, or `reopened`."""
    started_at: AwareDatetime
    """When the job began, as this fact tells it."""
    at: AwareDatetime
    attempt: int = 0
    """Of a step that was put off: how often. Of an end or a reopening: the dead letter as which the job was retried."""
    requests: int = 0
    fetched: int = 0
    new: int = 0
    duplicates: int = 0
    next_at: AwareDatetime | None = None
    """Until when the step was put off; of a poll, when the next one is due."""
    status: Status | None = None
    """How the job ended with it, if it did."""
    reason: Reason | None = None
    error: str | None = None


class Jobs(Value):
    jobs: tuple[JobRow, ...]
    next: str | None = None
    forgotten_before: AwareDatetime | None = None
    """Where there are no more: polls that began before this are not remembered any more."""


class Steps(Value):
    """Of a job that nobody knows there are none."""

    steps: tuple[StepRow, ...]
    next: str | None = None
