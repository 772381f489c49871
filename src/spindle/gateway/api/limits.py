"""How everything stands, and Spotify's doors."""

from fastapi import APIRouter

from spindle.gateway.api.answers.limits import Doors
from spindle.gateway.api.answers.limits import Overview as Told
from spindle.gateway.api.asked import AfterUser, Limit, OfWhom
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Gateway, Here
from spindle.people import looking, overview, shapes
from spindle.people.overview import Overview
from spindle.people.shapes import Json
from spindle.shared.ids import UserId, now

router = APIRouter(tags=["seeing"])

_MOST = 500
"""Listeners in an answer."""


@router.get("/status", response_model=Told, responses=problems(404))
async def status(gateway: Here, user: OfWhom = None, after: AfterUser = None, limit: Limit = 500) -> dict[str, Json]:
    """How the recording goes: listeners in the order in which they came, Spotify's doors, services."""
    seen = await looked(gateway, user, after, limit)
    return {**seen.shape(), "next": seen.more}


@router.get("/doors", response_model=Doors)
async def doors(gateway: Here) -> dict[str, Json]:
    """What Spotify does not want to be asked now, and how much of the budget of calls is used."""
    at = now()
    seen = await looking.limits(gateway.client.jetstream(), gateway.settings, at)
    return {
        "gate": shapes.gate(seen, at),
        "doors": [shapes.door(one, at) for one in seen.closed(at)],
        "budget": shapes.budget(seen.budget),
    }


async def looked(gateway: Gateway, user: str | None, after: UserId | None, limit: int) -> Overview:
    """At one listener, or at a page of them."""
    if user is not None:
        return await overview.look(gateway.client, gateway.settings, user)
    return await overview.look_at_page(gateway.client, gateway.settings, min(limit, _MOST), after)
