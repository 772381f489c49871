"""What somebody heard: how much, when, what most, and what again and again. Days are those of the listener."""

from typing import Annotated

from fastapi import APIRouter, Query

from spindle.gateway.api.answers.listening import Listening, Repeats, Tops
from spindle.gateway.api.asked import Counting, InDays, Who
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Here
from spindle.people import asking, shapes
from spindle.people.shapes import Json
from spindle.shared.messages import ask
from spindle.shared.messages.ask import By, Ranked

router = APIRouter(prefix="/users/{user}", tags=["listening"])

BarsBy = Annotated[By, Query(description="How long a bar is.")]
What = Annotated[Ranked, Query(description="What is ranked.")]


@router.get("/listening", response_model=Listening, responses=problems(404))
async def listening(
    gateway: Here,
    user: Who,
    days: InDays,
    at_least: Counting = None,
    by: BarsBy = By.MONTH,
) -> dict[str, Json]:
    """How much was heard, and when: against the period before, over time, by hours of the week, days in a row."""
    one = await asking.listener(gateway.client, user)
    question = ask.AskListening(user=one.user, since=days.since, until=days.until, at_least=at_least, by=by)
    return shapes.listening(one, await asking.listening(gateway.client, question))


@router.get("/tops", response_model=Tops, responses=problems(404))
async def tops(
    gateway: Here,
    user: Who,
    days: InDays,
    what: What = Ranked.TRACKS,
    at_least: Counting = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 50,
    skip: Annotated[int, Query(ge=0, le=1_000_000, description="Leave out so many at the top.")] = 0,
) -> dict[str, Json]:
    """What was heard most often, with its place and plays in the period before, which is as long."""
    one = await asking.listener(gateway.client, user)
    question = ask.AskTops(
        user=one.user, what=what, since=days.since, until=days.until, at_least=at_least, limit=limit, skip=skip
    )
    found = await asking.tops(gateway.client, question)
    return {"rows": [shapes.plain(row) for row in found.rows], "more": found.more}


@router.get("/repeats", response_model=Repeats, responses=problems(404))
async def repeats(
    gateway: Here,
    user: Who,
    days: InDays,
    at_least: Counting = None,
    limit: Annotated[int, Query(ge=1, le=10, description="How many at most.")] = 10,
) -> dict[str, Json]:
    """Tracks that were heard again and again within one day, the most often first."""
    one = await asking.listener(gateway.client, user)
    question = ask.AskRepeats(user=one.user, since=days.since, until=days.until, at_least=at_least, limit=limit)
    found = await asking.repeats(gateway.client, question)
    return {"rows": [shapes.plain(row) for row in found]}
