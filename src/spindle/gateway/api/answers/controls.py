"""What became of something that was asked for."""

from typing import Annotated, Literal

from pydantic import Field

from spindle.gateway.api.answers.shape import Shape


class Answered(Shape):
    event: Literal["ControlAnswered"]
    user: str
    request: str | None
    """The number of this request, as the event bears it."""
    action: Annotated[str, Field(examples=["pause"])]
    done: Literal[True]
    """What is refused is answered with 409."""
    why: Annotated[str, Field(examples=["polling is paused: nothing of it is begun any more"])]
    job: str | None
    sequence: int
