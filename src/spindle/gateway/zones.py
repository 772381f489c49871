"""Times as the reader's clocks show them: a browser says where it is in a cookie."""

from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from spindle.people.wording import ZONE

COOKIE = "zone"
_LONGEST = 64


class Zoned:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        zone = _zone(said(Request(scope)))
        if zone is None:
            await self._app(scope, receive, send)
            return
        reset = ZONE.set(zone)
        try:
            await self._app(scope, receive, send)
        finally:
            ZONE.reset(reset)


def said(request: HTTPConnection) -> str:
    """Where a browser says that it is; empty when it says nothing."""
    return unquote(request.cookies.get(COOKIE, ""))


def _zone(name: str) -> ZoneInfo | None:
    """None for a name that nobody knows: what cookies hold is anybody's word."""
    if not name or len(name) > _LONGEST:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return None
