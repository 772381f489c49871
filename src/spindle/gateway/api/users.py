"""Listeners."""

from typing import Annotated

from fastapi import APIRouter, Query

from spindle.gateway.api.answers.listeners import Listeners, Portrait, Removed
from spindle.gateway.api.asked import AfterUser, Limit, Who
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Here
from spindle.gateway.removing import removed
from spindle.people import asking, choices, overview, shapes
from spindle.people.errors import Refused
from spindle.people.removing import is_meant
from spindle.people.shapes import Json
from spindle.shared.messages.ask import AskUsers, Users

router = APIRouter(prefix="/users", tags=["seeing"])

_MOST = 500


@router.get("", response_model=Listeners)
async def listeners(gateway: Here, after: AfterUser = None, limit: Limit = _MOST) -> dict[str, Json]:
    """Who there is, in the order in which they came."""
    page = await asking.ask(gateway.client, AskUsers(after=after, limit=min(limit, _MOST)), Users)
    return {"users": [shapes.user(one) for one in page.users], "next": page.users[-1].user if page.more else None}


@router.get("/{user}", response_model=Portrait, responses=problems(404))
async def listener(gateway: Here, user: Who) -> dict[str, Json]:
    """One listener, and how their recording goes."""
    seen = await overview.look(gateway.client, gateway.settings, user)
    one = seen.listeners[0]
    return {**shapes.user(one), **shapes.status(one, seen.doing(one)), **choices.told(one)}


@router.delete("/{user}", response_model=Removed, responses=problems(400, 404, 409))
async def remove(
    gateway: Here, user: Who, name: Annotated[str, Query(description="Their name, once more, to be sure.")]
) -> dict[str, Json]:
    """Forget a listener for good: plays, imports, jobs, tokens and events. There is no way back."""
    one = await asking.listener(gateway.client, user)
    if not is_meant(one, name):
        raise Refused(f"{name!r} is not their name, so nothing was removed")
    there = await asking.belongings(gateway.client, one.user)
    await removed(gateway, one)
    return {"user": one.user, "name": one.name, "removed": shapes.plain(there)}
