"""Which stretches of time are proven."""

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from spindle.gateway.api.answers.listeners import Proven
from spindle.gateway.api.asked import Who
from spindle.gateway.api.downloads import CSV, as_file, of
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Here
from spindle.people import asking, missing, shapes, sheets
from spindle.people.coverage import days
from spindle.people.heard import zone
from spindle.people.shapes import Json
from spindle.shared.messages.ask import AskCoverage

router = APIRouter(tags=["seeing"])

T = TypeVar("T")


@router.get("/users/{user}/coverage", response_model=Proven, responses=problems(404))
async def coverage(gateway: Here, user: Who) -> dict[str, Json]:
    """From when until when every play is known, the gaps in between, and what that means for each day."""
    one = await asking.listener(gateway.client, user)
    windows = await asking.windows(gateway.client, AskCoverage(user=one.user))
    return {
        "user": one.user,
        "name": one.name,
        "coverage": shapes.coverage(one.coverage),
        **missing.told(windows, zone(one)),
    }


@router.get(
    "/users/{user}/coverage.csv",
    response_class=StreamingResponse,
    responses=of(CSV, "A header, and a row for each day."),
)
async def coverage_as_csv(gateway: Here, user: Who) -> StreamingResponse:
    """Every day that anything is known of, for a spreadsheet, oldest first."""
    one = await asking.listener(gateway.client, user)
    windows = await asking.windows(gateway.client, AskCoverage(user=one.user))
    known = days(windows, zone(one))
    return await as_file(_each(known), sheets.day, CSV, f"{one.name} coverage.csv", sheets.line(sheets.DAY))


async def _each(rows: Sequence[T]) -> AsyncIterator[T]:
    for row in rows:
        yield row
