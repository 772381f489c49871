"""A page that is sent as it becomes known: at once what its template says before the first `Rest`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Generic, TypeVar

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from markupsafe import Markup

from spindle.gateway.problems import trouble
from spindle.gateway.rendering import pieces

_HERE = Markup("<!-- here a page waits for its rest -->")
"""Never sent; nobody else's text can be it, because theirs is escaped."""

T_co = TypeVar("T_co", covariant=True)


class Rest(Generic[T_co]):
    """What a template tells after it has named it: what was `found`, or else the `trouble` with it."""

    found: T_co | None = None
    trouble: tuple[HTTPStatus, str] | None = None

    def __init__(self, look: Callable[[], Awaitable[T_co]]) -> None:
        self._look = look

    async def look(self) -> None:
        self.found = await self._look()

    def __html__(self) -> str:
        return _HERE if self.found is None else ""


def grown(request: Request, template: str, told: Mapping[str, object], rests: Mapping[str, Rest[object]]) -> Response:
    """The template comes to the rests in this order; nobody looks for one to which it does not come. What goes wrong
    with one stands in its place: the status was sent."""
    coming = pieces(request, template, {**told, **rests})
    return StreamingResponse(_sent(request, _part(coming), coming, rests), media_type="text/html")


async def _sent(
    request: Request, part: tuple[str, bool], coming: Iterator[str], rests: Mapping[str, Rest[object]]
) -> AsyncIterator[str]:
    waiting = (rest for rest in rests.values() if rest.found is None)
    text, waits = part
    while waits:
        yield text
        rest = next(waiting)
        try:
            await rest.look()
        except Exception as error:
            rest.trouble = trouble(request, error)
        text, waits = _part(coming)
    yield text


def _part(coming: Iterator[str]) -> tuple[str, bool]:
    """What can be told by now, and whether more waits for a rest."""
    text = list[str]()
    for piece in coming:
        if piece == _HERE:
            return "".join(text), True
        text.append(piece)
    return "".join(text), False
