"""A page that is sent as it becomes known: at once what its template says before the first `Rest`."""

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


async def grown(
    request: Request, template: str, told: Mapping[str, object], rests: Mapping[str, Rest[object]]
) -> Response:
    """What goes wrong with a rest stands in its place: the status was sent."""

    async def look(rest: Rest[object]) -> None:
        try:
            await rest.look()
        except Exception as error:
            rest.trouble = trouble(request, error)

    parts = _parts(pieces(request, template, {**told, **rests}), rests, look)
    return StreamingResponse(_sent(await anext(parts), parts), media_type="text/html")


async def whole(
    request: Request, template: str, told: Mapping[str, object], rests: Mapping[str, Rest[object]]
) -> Response:
    """The same in one part. Raises what goes wrong with a rest."""
    parts = _parts(pieces(request, template, {**told, **rests}), rests, Rest.look)
    return HTMLResponse("".join([part async for part in parts]))


async def _sent(first: str, parts: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for part in parts:
        yield part


async def _parts(
    coming: Iterator[str], rests: Mapping[str, Rest[object]], look: Callable[[Rest[object]], Awaitable[None]]
) -> AsyncIterator[str]:
    """The template comes to the rests in this order; nobody looks for one to which it does not come."""
    waiting = iter(rests.values())
    text, waits = _part(coming)
    while waits:
        yield text
        await look(next(waiting))
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
