"""What a listener chooses: the zone of their days, and what counts as a play."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from spindle.gateway.api.answers.listeners import Chosen
from spindle.gateway.api.asked import Who
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Here
from spindle.people import asking, choices
from spindle.people.errors import Problem
from spindle.people.shapes import Json
from spindle.shared.messages.choices import AtLeast

router = APIRouter(tags=["steering"])


def _zone(text: str | None) -> str | None:
    try:
        return choices.zone_of(text) if text is not None else None
    except Problem as wrong:
        raise ValueError(str(wrong)) from wrong


class Wanted(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    zone: Annotated[str | None, Field(examples=["Europe/Berlin"]), AfterValidator(_zone)] = None
    """A name of the time zone database, or a city in it."""
    at_least: AtLeast | None = None
    """Seconds that something must have lasted to count as a play."""


@router.put("/users/{user}/choices", response_model=Chosen, responses=problems(400, 404))
async def choose(gateway: Here, user: Who, wanted: Annotated[Wanted, Body()]) -> dict[str, Json]:
    """Choose for a listener. Answered when it counts."""
    one = await asking.listener(gateway.client, user)
    made = await choices.choose(gateway.client, one, wanted.zone, wanted.at_least)
    return {"user": made.user, "name": made.name, **choices.told(made)}
