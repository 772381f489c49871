"""By which name a gateway may be called."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from spindle.gateway.problems import said
from spindle.gateway.settings import Settings

_NAME = "localhost"
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{0,5})?", re.IGNORECASE)
_STRANGER = "this is not the name by which Spindle goes: `SPINDLE_PUBLIC_URL` says where people find it"


class Hosts:
    """Spotify leads back to one address only, and a browser keeps cookies by name: whoever comes to see a page as
    `localhost` is led to that address first. A name that is none of ours is refused: it is a stranger's page that makes
    a browser believe that we are its own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = frozenset(settings.hosts)
        self._address = settings.address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        elsewhere = request.url.hostname == _NAME != urlsplit(self._address).hostname
        if elsewhere and request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            query = f"?{request.url.query}" if request.url.query else ""
            await RedirectResponse(f"{self._address}{request.url.path}{query}", 307)(scope, receive, send)
            return
        answers = self._app if self._is_ours(request.headers.get("host", "")) else said(request, 400, _STRANGER)
        await answers(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        return found is not None and found["name"].lower() in self._names
