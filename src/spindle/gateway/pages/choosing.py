"""Pages of one listener, when nobody has said whose: of the only one, or of one who is chosen."""

from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from spindle.gateway.framing import framed
from spindle.gateway.here import Gateway
from spindle.people import asking
from spindle.shared.messages.ask import AskUsers, Listener, Users

_LISTED = 500
_OFFERED = 100


async def chosen(request: Request, gateway: Gateway, place: str, title: str) -> Response:
    """Whoever chose in a form is led on, with what else it asked for."""
    asked = dict(request.query_params)
    if user := asked.pop("user", ""):
        return _led(f"{place}/{quote(user, safe='')}", asked)
    found = await asking.ask(gateway.client, AskUsers(limit=_LISTED, coverage=False), Users)
    if len(found.users) == 1:
        return _led(f"{place}/{found.users[0].user}", asked)
    shown = {"title": title, "place": place, "listeners": found.users, "more": found.more}
    return framed(request, gateway, "choose.html", shown)


async def offered(gateway: Gateway, one: Listener) -> dict[str, str]:
    """Names by id: whose page may be chosen on that of this one, who is among them."""
    return {one.user: one.name} | await asking.names(gateway.client, _OFFERED)


def _led(place: str, asked: dict[str, str]) -> Response:
    return RedirectResponse(f"{place}?{urlencode(asked)}" if asked else place, 303)
