"""What somebody heard in a period: how much, when, what most, what again and again, and how many days in a row."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from spindle.gateway.charts.hours import legend
from spindle.gateway.framing import framed
from spindle.gateway.here import Gateway, Here
from spindle.gateway.pages.choosing import chosen
from spindle.gateway.pages.listening import drawing
from spindle.gateway.pages.listening.surrounding import surroundings
from spindle.gateway.pages.listening.view import Show, View, Viewed
from spindle.people import asking
from spindle.people.heard import change, listened
from spindle.people.zooming import usual
from spindle.shared.messages.ask import (
    AskListening,
    AskRepeats,
    By,
    Heard,
    Listening,
    Ranked,
    RepeatRow,
)

router = APIRouter()

_FIRST = 10


@dataclass(frozen=True)
class Sum:
    name: str
    told: str
    change: str
    """Against the period before."""
    before: str


@router.get("/listening")
async def of_whom(request: Request, gateway: Here) -> Response:
    return await chosen(request, gateway, "/listening", "Listening")


@router.get("/listening/{user}")
async def overview(request: Request, gateway: Here, view: Viewed) -> Response:
    (found, course), repeats, names = await asyncio.gather(
        _heard(gateway, view), _repeats(gateway, view), asking.names(gateway.client)
    )
    shown = {
        "found": found,
        "sums": list(_sums(found.heard, found.before)),
        "course": course,
        "shows": Show,
        "week": drawing.week(found) if found.heard.plays else None,
        "hours": drawing.rows(found),
        "legend": legend(),
        "tops": [(what, getattr(found.favourites, what)) for what in Ranked],
        "repeats": repeats,
        **surroundings(view, "", names, found.first),
    }
    return framed(request, gateway, "listening.html", shown)


async def _heard(gateway: Gateway, view: View) -> tuple[Listening, drawing.Course | None]:
    """How long bars are best is known once it is known since when there are plays."""
    since, until = view.days
    by = view.by or (usual(since, until) if since and until else By.MONTH)
    found = await _listening(gateway, view, by, _FIRST)
    days = drawing.shown(view, found)
    if days is None:
        return found, None
    best = drawing.best(view, days)
    if best is By.YEAR and by is By.MONTH:
        found = found.model_copy(update={"bars": drawing.by_year(found.bars)})
    elif best is not by:
        found = found.model_copy(update={"bars": (await _listening(gateway, view, best)).bars})
    return found, drawing.course(view, found, best, days) if found.heard.plays else None


async def _listening(gateway: Gateway, view: View, by: By, favourites: int = 0) -> Listening:
    since, until = view.days
    question = AskListening(
        user=view.one.user, since=since, until=until, at_least=view.at_least, by=by, favourites=favourites
    )
    return await asking.listening(gateway.client, question)


async def _repeats(gateway: Gateway, view: View) -> tuple[RepeatRow, ...]:
    since, until = view.days
    question = AskRepeats(user=view.one.user, since=since, until=until, at_least=view.at_least)
    return await asking.repeats(gateway.client, question)


def _sums(now: Heard, before: Heard | None) -> Iterator[Sum]:
    plain: Callable[[int], str] = "{:,}".format
    words = {"ms": ("Time", listened), "days": ("Days with music", plain)}
    for field in ("plays", "ms", "tracks", "artists", "albums", "days"):
        name, write = words.get(field, (field.capitalize(), plain))
        then = getattr(before, field) if before else None
        yield Sum(name, write(getattr(now, field)), change(getattr(now, field), then), write(then or 0))
