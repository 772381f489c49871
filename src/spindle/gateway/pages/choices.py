"""A listener's own settings: the zone of their days, what counts as a play, and the way to removing them."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from spindle.gateway.framing import back, framed
from spindle.gateway.here import Gateway, Here
from spindle.gateway.pages.naming import Who
from spindle.gateway.zones import said
from spindle.people import asking, zones
from spindle.people.choices import at_least_of, choose, sentence, zone_of
from spindle.people.errors import NoAnswer, Problem
from spindle.people.logins import lasting
from spindle.people.wording import capital
from spindle.shared.ids import UserId, now
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.choices import THRESHOLDS, USUAL, UTC_ZONE

router = APIRouter()


@router.get("/listeners/{user}")
async def listener(request: Request, gateway: Here, user: Who) -> Response:
    one = await asking.listener(gateway.client, user)
    return _page(request, gateway, one, zone=one.zone or "", at_least=str(_at_least(one)))


@router.post("/listeners/{user}/choices")
async def decide(
    request: Request,
    gateway: Here,
    user: UserId,
    zone: Annotated[str, Form(max_length=100)] = "",
    at_least: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    one = await asking.listener(gateway.client, user)
    try:
        where, least = zone_of(zone or one.zone or UTC_ZONE), at_least_of(at_least or str(_at_least(one)))
        chosen = await choose(gateway.client, one, where, least)
    except NoAnswer:
        raise
    except Problem as wrong:
        return _page(request, gateway, one, zone=zone, at_least=at_least, trouble=capital(str(wrong)), status=422)
    return back(f"/listeners/{user}", sentence(chosen))


def _at_least(one: Listener) -> int:
    return USUAL if one.at_least is None else one.at_least


def _page(
    request: Request,
    gateway: Gateway,
    one: Listener,
    *,
    zone: str,
    at_least: str,
    trouble: str = "",
    status: int = 200,
) -> Response:
    browsers = zones.named(said(request))
    shown = {
        "one": one,
        "zone": zone,
        "browsers": browsers if browsers != one.zone else None,
        "suggested": zone or browsers or UTC_ZONE,
        "zones": zones.names(),
        "at_least": at_least,
        "thresholds": THRESHOLDS,
        "usual": USUAL,
        "login": lasting(one, now()),
        "trouble": trouble,
    }
    return framed(request, gateway, "listener.html", shown, status)
