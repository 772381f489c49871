"""The access token before everything: in a header for programs, behind a session for browsers."""

from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from spindle.gateway.guard.sessions import is_session, is_token
from spindle.gateway.problems import problem, said
from spindle.gateway.settings import Settings
from spindle.shared.ids import now

OPEN = ("/sign-in", "/callback", "/healthz")
_STATIC, _API = "/static/", "/api/"
_SAFE = ("GET", "HEAD", "OPTIONS")
_FOREIGN = "this request does not come from a page of Spindle's; reload the page and try again"
_CLOSED = "this needs the access token: `Authorization: Bearer …`; `spindle token` prints it"


def cookie(settings: Settings) -> str:
    """Of one Spindle: browsers do not tell ports apart."""
    return f"spindle-{settings.port}"


class Guard:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refused(Request(scope))
        await (refused or self._app)(scope, receive, send)

    def _refused(self, request: Request) -> Response | None:
        kind, _, sent = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and is_token(sent.strip(), self._settings.access_token):
            return None
        path = str(request.scope["path"])  # by which the way is found; of `url`, anybody writes a part
        if path in OPEN or path.startswith(_STATIC) or self._is_signed_in(request):
            is_foreign = request.method not in _SAFE and not self._from_us(request)
            return said(request, 403, _FOREIGN) if is_foreign else None
        if request.method in _SAFE and "text/html" in request.headers.get("accept", "") and not path.startswith(_API):
            return RedirectResponse(f"/sign-in?to={quote(_local(request), safe='')}", 303)
        return problem(401, _CLOSED, {"WWW-Authenticate": 'Bearer realm="spindle"'})

    def _is_signed_in(self, request: Request) -> bool:
        sent = request.cookies.get(cookie(self._settings), "")
        return is_session(sent, self._settings.access_token, now())

    def _from_us(self, request: Request) -> bool:
        """Every browser says where a request begins; what says nothing is none, and has to bring the token."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = request.headers.get("origin")
        return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def _local(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
