"""Removing a listener: what goes is named first, and their name has to be typed."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from spindle.gateway.framing import back, framed
from spindle.gateway.here import Gateway, Here
from spindle.gateway.removing import removed
from spindle.people import asking
from spindle.people.removing import BACKUP, goes, is_meant, stays
from spindle.shared.ids import UserId
from spindle.shared.messages.ask import Listener

router = APIRouter()


@router.get("/listeners/{user}/remove")
async def ask(request: Request, gateway: Here, user: UserId) -> Response:
    return await _page(request, gateway, await asking.listener(gateway.client, user))


@router.post("/listeners/{user}/remove")
async def remove(
    request: Request, gateway: Here, user: UserId, name: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    one = await asking.listener(gateway.client, user)
    if not is_meant(one, name):
        return await _page(request, gateway, one, name)
    await removed(gateway, one)
    return back("/", f"{one.name} is removed, with everything of theirs.")


async def _page(request: Request, gateway: Gateway, one: Listener, typed: str | None = None) -> Response:
    there = await asking.belongings(gateway.client, one.user)
    shown = {"one": one, "goes": goes(one, there), "stays": stays(one.name), "backup": BACKUP, "typed": typed}
    return framed(request, gateway, "remove.html", shown, 200 if typed is None else 422)
