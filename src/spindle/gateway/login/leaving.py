"""The page before Spotify's: what will be asked there and why, and the way to it."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from spindle.gateway.framing import framed
from spindle.gateway.here import Gateway, Here
from spindle.gateway.login.browser import keep_secret
from spindle.people.errors import NameTaken
from spindle.people.linking import must_be_free
from spindle.people.names import name_trouble
from spindle.shared.ids import now
from spindle.shared.spotify.authorize import SCOPES, UNASKED, authorize_url
from spindle.shared.spotify.login import begin
from spindle.shared.spotify.seal import Sealer

router = APIRouter()


@router.get("/login")
async def ask(request: Request, gateway: Here, name: str = "", again: str = "") -> Response:
    """`again` is the name of a listener whose account is to be linked again."""
    return _page(request, gateway, name, again="" if name_trouble(again) else again)


@router.post("/login/spotify")
async def leave(request: Request, gateway: Here, name: Annotated[str, Form()] = "") -> Response:
    wished = name.strip()
    if not gateway.settings.spotify_client_id:
        return _page(request, gateway, wished, 409)
    if trouble := name_trouble(wished) if wished else None:
        return _page(request, gateway, wished, 422, trouble)
    try:
        if wished:
            await must_be_free(gateway.client, wished)
    except NameTaken:
        taken = f"{wished} is recorded here already. To link the same account again, leave the name empty"
        return _page(request, gateway, wished, 409, taken)
    return _to_spotify(request, gateway, wished or None)


def _to_spotify(request: Request, gateway: Gateway, name: str | None) -> Response:
    settings = gateway.settings
    answer = RedirectResponse("", 303)
    secret = keep_secret(request, answer, settings)
    login = begin(settings.spotify_client_id, settings.callback, now(), name=name, secret=secret)
    state = login.state(Sealer(settings.keys))
    answer.headers["location"] = authorize_url(
        settings.login_url, login.client_id, login.redirect_uri, state, login.verifier
    )
    return answer


def _page(
    request: Request, gateway: Gateway, name: str, status: int = 200, trouble: str = "", again: str = ""
) -> Response:
    settings = gateway.settings
    shown = {
        "scopes": SCOPES,
        "unasked": UNASKED,
        "name": name,
        "again": again,
        "trouble": trouble,
        "application": settings.spotify_client_id,
        "callback": settings.callback,
        "demo": gateway.is_demo,
        "elsewhere": _elsewhere(request, gateway),
    }
    return framed(request, gateway, "login.html", shown, status)


def _elsewhere(request: Request, gateway: Gateway) -> str | None:
    """Where this page has to be opened instead: a browser keeps its secret for one host, and comes back to another."""
    ours = urlsplit(gateway.settings.address).hostname
    return None if request.url.hostname == ours else f"{gateway.settings.address}/login"
