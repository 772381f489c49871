"""All that somebody heard in a period, what was heard most first."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from spindle.gateway.framing import begun
from spindle.gateway.growing import Rest
from spindle.gateway.here import Here
from spindle.gateway.pages.choosing import offered
from spindle.gateway.pages.listening.surrounding import first_day, surroundings
from spindle.gateway.pages.listening.view import Viewed
from spindle.people import asking
from spindle.shared.messages.ask import AskTops, Ranked

router = APIRouter()

_ON_A_PAGE = 50
_LAST_PAGE = 20_000


@router.get("/listening/{user}/{what}")
async def ranked(
    request: Request,
    gateway: Here,
    view: Viewed,
    what: Literal[Ranked.TRACKS, Ranked.ARTISTS, Ranked.ALBUMS],
    page: Annotated[int, Query(ge=1, le=_LAST_PAGE)] = 1,
) -> Response:
    since, until = view.days
    question = AskTops(
        user=view.one.user,
        what=what,
        since=since,
        until=until,
        at_least=view.at_least,
        limit=_ON_A_PAGE,
        skip=(page - 1) * _ON_A_PAGE,
    )
    names, first = await asyncio.gather(offered(gateway, view.one), first_day(gateway, view))
    here = f"/{what}"
    shown = {
        "what": what,
        "page": page,
        "earlier": view.at(here, page=str(page - 1) if page > 2 else "") if page > 1 else None,
        "following": view.at(here, page=str(page + 1)) if page < _LAST_PAGE else None,
        **surroundings(view, here, names, first),
    }
    return await begun(request, gateway, "ranked.html", shown, tops=Rest(lambda: asking.tops(gateway.client, question)))
