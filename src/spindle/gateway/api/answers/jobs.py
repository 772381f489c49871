"""Jobs and their steps."""

from typing import Annotated

from pydantic import Field

from spindle.gateway.api.answers.listeners import Name, UserId
from spindle.gateway.api.answers.shape import RUN, USER, Instant, Page, Shape
from spindle.shared.messages.jobs import Reason, Status

JobId = Annotated[str, Field(examples=[f"initial.{USER}.{RUN}"])]


class Job(Shape):
    job: JobId
    user: UserId
    name: Name
    kind: Annotated[str, Field(examples=["initial"])]
    status: Status
    reason: Reason | None
    started_at: Instant
    finished_at: Instant | None
    steps: int
    """That are recorded: pages, or slices of an import."""
    requests: int
    """Calls of Spotify."""
    fetched: int
    new: int
    duplicates: int
    error: str | None
    waiting_until: Instant | None


class Jobs(Page):
    jobs: list[Job]
    """Newest first."""


class Step(Shape):
    """What the books say of one step; one that was put off and done later stands there twice."""

    step: int
    what: Annotated[str, Field(examples=["page"])]
    """`started`, `page` (it was done), `delayed`, `ended`, or `reopened`."""
    started_at: Instant
    """When the job began, as this step tells it."""
    at: Instant
    attempt: int
    requests: int
    fetched: int
    new: int
    duplicates: int
    next_at: Instant | None
    """Until when the step was put off; of a poll, when the next one is due."""
    status: Status | None
    """How the job ended with it, if it did."""
    reason: Reason | None
    error: str | None


class JobSteps(Page):
    job: Job
    steps: list[Step]
    """As they came about."""


class Run(Shape):
    """A job in figures."""

    job: JobId
    user: UserId
    name: Name
    kind: Annotated[str, Field(examples=["initial"])]
    status: Status
    started_at: Instant
    finished_at: Instant | None
    duration_seconds: float
    """Of what runs still, until now."""
    steps: int
    calls: int
    fetched: int
    new: int
    retries: int
    """Steps that were put off, to be tried again."""
    waits: int
    waited_seconds: float
    slowest_step_seconds: float


class Comparison(Shape):
    runs: list[Run]
    """The job, and the one that it is compared with."""
