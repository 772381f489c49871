"""A page that is sent as it becomes known: at once what its template says before `{{ rest }}`, then the rest."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Generic, TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from markupsafe import Markup

from spindle.gateway.problems import trouble
from spindle.gateway.rendering import pieces

_HERE = Markup("<!-- here a page waits for its rest -->")
"""Never sent; nobody else's text can be it, because theirs is escaped."""

T = TypeVar("T")


class Rest(Generic[T]):
    """What a template tells after `{{ rest }}`: what was `found`, or else the `trouble` with it."""

    found: T | None = None
    trouble: tuple[HTTPStatus, str] | None = None

    def __init__(self, look: Callable[[], Awaitable[T]]) -> None:
        self._look = look

    async def look(self) -> None:
        self.found = await self._look()

    def __html__(self) -> str:
        return _HERE if self.found is None else ""


def grown(request: Request, template: str, told: Mapping[str, object], rest: Rest[T]) -> Response:
    """Nobody looks for the rest of a page that does not come to it. What goes wrong later stands in its place: the
    status was sent."""
    coming, beginning = pieces(request, template, {**told, "rest": rest}), list[str]()
    for piece in coming:
        if piece == _HERE:
            return StreamingResponse(_sent(request, "".join(beginning), rest, coming), media_type="text/html")
        beginning.append(piece)
    return HTMLResponse("".join(beginning))


async def _sent(request: Request, beginning: str, rest: Rest[T], coming: Iterator[str]) -> AsyncIterator[str]:
    yield beginning
    try:
        await rest.look()
    except Exception as error:
        rest.trouble = trouble(request, error)
    yield "".join(coming)
