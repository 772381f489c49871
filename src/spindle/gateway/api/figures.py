"""What somebody heard, as files for spreadsheets: what stands behind each chart and each table of the pages."""

from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from spindle.gateway.api.asked import Counting, InDays, Who
from spindle.gateway.api.downloads import CSV, as_file, of
from spindle.gateway.api.listening import BarsBy, What
from spindle.gateway.here import Here
from spindle.people import asking, ranking, sheets
from spindle.shared.messages import ask
from spindle.shared.messages.ask import By, Ranked

router = APIRouter(prefix="/users/{user}", tags=["listening"], default_response_class=StreamingResponse)

T = TypeVar("T")


@router.get("/listening.csv", responses=of(CSV, "A header, and a row for each bar."))
async def listening_as_csv(
    gateway: Here,
    user: Who,
    days: InDays,
    at_least: Counting = None,
    by: BarsBy = By.MONTH,
) -> StreamingResponse:
    """How much was heard in each day, week, month or year in which something was."""
    one = await asking.listener(gateway.client, user)
    question = ask.AskListening(user=one.user, since=days.since, until=days.until, at_least=at_least, by=by)
    found = await asking.listening(gateway.client, question)
    name = f"{one.name} by {by}.csv"
    return await as_file(_each(found.bars), sheets.row, CSV, name, sheets.line(sheets.BAR))


@router.get("/hours.csv", responses=of(CSV, "A header, and a row for each hour of each weekday."))
async def hours_as_csv(gateway: Here, user: Who, days: InDays, at_least: Counting = None) -> StreamingResponse:
    """How many plays ended in each hour of the week."""
    one = await asking.listener(gateway.client, user)
    question = ask.AskListening(user=one.user, since=days.since, until=days.until, at_least=at_least)
    found = await asking.listening(gateway.client, question)
    return await as_file(_each(sheets.hours(found)), str, CSV, f"{one.name} hours.csv", sheets.line(sheets.HOUR))


@router.get("/tops.csv", responses=of(CSV, "A header, and a row for each track, artist or album."))
async def tops_as_csv(
    gateway: Here,
    user: Who,
    days: InDays,
    what: What = Ranked.TRACKS,
    at_least: Counting = None,
) -> StreamingResponse:
    """All that was heard, what was heard most often first."""
    one = await asking.listener(gateway.client, user)
    rows = ranking.every(
        gateway.client, ask.AskTops(user=one.user, what=what, since=days.since, until=days.until, at_least=at_least)
    )
    return await as_file(rows, sheets.row, CSV, f"{one.name} {what}.csv", sheets.line(sheets.TOP))


@router.get("/repeats.csv", responses=of(CSV, "A header, and a row for each track and day."))
async def repeats_as_csv(gateway: Here, user: Who, days: InDays, at_least: Counting = None) -> StreamingResponse:
    """Tracks that were heard again and again within one day."""
    one = await asking.listener(gateway.client, user)
    question = ask.AskRepeats(user=one.user, since=days.since, until=days.until, at_least=at_least)
    found = await asking.repeats(gateway.client, question)
    return await as_file(_each(found), sheets.row, CSV, f"{one.name} repeats.csv", sheets.line(sheets.REPEAT))


async def _each(rows: Iterable[T]) -> AsyncIterator[T]:
    for row in rows:
        yield row
