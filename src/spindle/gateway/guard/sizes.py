"""How much may be sent at once: an upload up to its limit, everything else hardly anything."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spindle.gateway.problems import said

_FORM = 2**20  # bytes


class TooLarge(HTTPException):
    """More arrived than was allowed. An app that answers its own errors answers this one, too."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"that is more than {limit // 2**20:,} MB, all that is taken at once")


class Sizes:
    """By what is announced, and by what arrives."""

    def __init__(self, app: ASGIApp, upload: int) -> None:
        self._app = app
        self._upload = upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._upload if _takes_files(scope["path"]) else _FORM
        request = Request(scope)
        announced = request.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > limit:
            await _refused(request, TooLarge(limit))(scope, receive, send)
            return
        begun = False

        async def note(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, _counted(receive, limit), note)
        except TooLarge as error:
            if begun:
                raise
            await _refused(request, error)(scope, receive, send)


def _takes_files(path: str) -> bool:
    return path.startswith("/import/") or (path.startswith("/api/users/") and path.endswith("/imports"))


def _refused(request: Request, error: TooLarge) -> Response:
    return said(request, error.status_code, error.detail)


def _counted(receive: Receive, limit: int) -> Callable[[], Awaitable[Message]]:
    arrived = 0

    async def counted() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > limit:
            raise TooLarge(limit)
        return message

    return counted
