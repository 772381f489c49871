"""What the doctor says."""

from typing import Annotated

from pydantic import Field

from spindle.gateway.api.answers.shape import Instant, Shape
from spindle.people.doctor.logic.findings import State


class Finding(Shape):
    check: Annotated[str, Field(examples=["doors"])]
    state: State
    what: Annotated[str, Field(examples=["Spotify may be asked."])]
    todo: str
    """What to do about it; empty when there is nothing."""


class Health(Shape):
    looked_at: Instant
    findings: list[Finding]
    """The gravest first."""
