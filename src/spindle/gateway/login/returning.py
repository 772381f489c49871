"""What Spotify leads back to: open to everybody, and only a login that we began ourselves gets anywhere."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from spindle.gateway.here import Gateway, Here
from spindle.gateway.login.browser import secret
from spindle.gateway.login.endings import ENDED, Ending, ending, is_over
from spindle.gateway.rendering import page
from spindle.gateway.zones import said
from spindle.people.choices import settle
from spindle.people.linking import Linked, linking
from spindle.people.wording import day
from spindle.shared.consent import ends_at
from spindle.shared.ids import now
from spindle.shared.messages.logins import LoginEnded
from spindle.shared.spotify.login import BadLogin, Login, check, code_of, opened
from spindle.shared.spotify.seal import Sealer

router = APIRouter()


@router.get("/callback")
async def callback(request: Request, gateway: Here, state: str = "", code: str = "", error: str = "") -> Response:
    settings = gateway.settings
    try:
        login = opened(state, Sealer(settings.keys))
        check(login, settings.spotify_client_id, secret(request, settings), now())
    except BadLogin as refused:
        return _refused(request, gateway, ending(refused), None)
    try:
        linked = await _linked(gateway, login, code, error)
    except ENDED as trouble:
        if is_over(trouble):
            await _tell(gateway, LoginEnded(login=login.id, done=False, why=ending(trouble).why))
        return _refused(request, gateway, ending(trouble), login)
    await settle(gateway.client, linked.user, said(request))
    await _tell(gateway, _done(login, linked))
    return _welcome(request, gateway, login, linked, now())


async def _linked(gateway: Gateway, login: Login, code: str, error: str) -> Linked:
    answer = code_of(code, error)
    async with linking(gateway.client, gateway.settings) as links:
        return await links.log_in(login, answer)


def _done(login: Login, linked: Linked) -> LoginEnded:
    why = "linked again" if linked.healed else "linked"
    return LoginEnded(login=login.id, done=True, why=why, user=linked.user, name=linked.name, healed=linked.healed)


async def _tell(gateway: Gateway, ended: LoginEnded) -> None:
    """Whoever waits for it, if somebody does."""
    await gateway.client.publish(ended.on, ended.encoded())
    await gateway.client.flush()


def _refused(request: Request, gateway: Gateway, found: Ending, login: Login | None) -> Response:
    told = {
        "ending": found,
        "advice": found.advice.replace("{callback}", gateway.settings.callback),
        "terminal": login is not None and login.browser is None,
        "demo": gateway.is_demo,
    }
    return page(request, "login_refused.html", told, found.status)


def _welcome(request: Request, gateway: Gateway, login: Login, linked: Linked, at: datetime) -> Response:
    told = {
        "linked": linked,
        "until": day(ends_at(at, at)),
        "renamed": login.name and login.name != linked.name,
        "terminal": login.browser is None,
        "demo": gateway.is_demo,
    }
    return page(request, "login_done.html", told)
