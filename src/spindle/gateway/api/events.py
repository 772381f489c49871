"""What happens, as it happens."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, Field, WithJsonSchema

from spindle.gateway.api.asked import Nothing, OfWhom
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Here
from spindle.gateway.live.streaming import MEDIA, streamed
from spindle.people import asking
from spindle.people.events import KINDS, Event

router = APIRouter(tags=["seeing"])

_LAST = 2**63 - 1


def _known(name: str) -> str:
    if name not in KINDS:
        raise ValueError(f"no event is called so: {', '.join(sorted(KINDS))}")
    return name


Name = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": sorted(KINDS)})]
Names = Annotated[list[Name], Query(description="Only events that are called so; all, when none is named.")]
_Number = Annotated[int, Field(ge=0, le=_LAST)]
Since = Annotated[
    _Number | Nothing,
    Query(description="Begin behind the event of this number; 0: with the oldest that is kept."),
]
LastEventId = Annotated[
    _Number | Nothing,
    Header(description="The same, from a client that comes back; it counts more."),
]


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events without an end. `id` is the number of an event, `event` its name, and "
            "`data` a line of JSON as `spindle watch --json` prints it. `event: missed` tells `from` and `to` which "
            "numbers are not kept any more, and `why`.",
            "content": {MEDIA: {"schema": {"type": "string"}}},
        },
        **problems(404),
    },
)
async def events(
    gateway: Here,
    user: OfWhom = None,
    events: Names = [],  # noqa: B006
    since: Since = None,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Events from now on, or behind a number: each once and in order, for as long as the connection lasts."""
    only = (await asking.listener(gateway.client, user)).user if user else None
    return streamed(gateway.feed, since if last_event_id is None else last_event_id, _wanted(only, frozenset(events)))


def _wanted(user: str | None, names: frozenset[str]) -> Callable[[Event], bool]:
    """A door is everybody's."""

    def wanted(event: Event) -> bool:
        theirs = user is None or event.body.get("user", user) == user
        return theirs and (not names or event.body.get("event") in names)

    return wanted
