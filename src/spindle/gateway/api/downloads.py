"""Whole lists as files, streamed page by page: a million rows need no more memory than a page of them."""

from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from spindle.gateway.api.asked import ImportPath
from spindle.gateway.api.imports import known
from spindle.gateway.api.plays import WantedPlays
from spindle.gateway.api.telling import Responses, problems
from spindle.gateway.here import Here
from spindle.people import asking, shapes, sheets

router = APIRouter()

T = TypeVar("T")

CSV, _LINES = "text/csv", "application/jsonl"
_TOGETHER = 500
"""Rows of a piece of the answer: a piece for each row would take many times as long."""


def of(media: str, what: str) -> Responses:
    return {200: {"description": what, "content": {media: {"schema": {"type": "string"}}}}, **problems(404)}


@router.get(
    "/users/{user}/plays.csv",
    tags=["plays"],
    response_class=StreamingResponse,
    responses=of(CSV, "A header, and a row for each play."),
)
async def plays_as_csv(gateway: Here, wanted: WantedPlays) -> StreamingResponse:
    """Plays for a spreadsheet, oldest first. What one would take for a formula has a `'` before it."""
    rows = asking.plays(gateway.client, wanted.question)
    return await as_file(rows, sheets.play, CSV, f"{wanted.one.name} plays.csv", sheets.line(shapes.PLAY))


@router.get(
    "/users/{user}/plays.jsonl",
    tags=["plays"],
    response_class=StreamingResponse,
    responses=of(_LINES, "A JSON object a line, as in `/api/users/{user}/plays`."),
)
async def plays_as_lines(gateway: Here, wanted: WantedPlays) -> StreamingResponse:
    """Plays for programs, oldest first."""
    rows = asking.plays(gateway.client, wanted.question)
    name = f"{wanted.one.name} plays.jsonl"
    return await as_file(rows, lambda row: f"{shapes.text(shapes.play(row), None)}\n", _LINES, name)


@router.get(
    "/imports/{import}/rejects.csv",
    tags=["imports"],
    response_class=StreamingResponse,
    responses=of(CSV, "A header, and a row for each row that could not be read."),
)
async def rejects_as_csv(gateway: Here, job: ImportPath) -> StreamingResponse:
    """The rows of an import that could not be read, in the order of its files."""
    row = await known(gateway, job)
    found = asking.rejects(gateway.client, row)
    return await as_file(found, sheets.row, CSV, f"rejects {job[-8:]}.csv", sheets.line(sheets.REJECT))


async def as_file(
    rows: AsyncIterator[T], line: Callable[[T], str], media: str, name: str, head: str = ""
) -> StreamingResponse:
    """With the first page asked for, so that an error is still told as one. A later one breaks the answer off."""
    first = await anext(rows, None)

    async def pieces() -> AsyncIterator[str]:
        lines = [head, *([line(first)] if first is not None else ())]
        async for row in rows:
            lines.append(line(row))
            if len(lines) >= _TOGETHER:
                yield "".join(lines)
                lines.clear()
        yield "".join(lines)

    as_file = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return StreamingResponse(pieces(), media_type=media, headers=as_file)
