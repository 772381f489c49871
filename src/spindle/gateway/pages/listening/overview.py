"""What somebody heard in a period: how much, when, what most, what again and again, and how many days in a row."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from spindle.gateway.charts.hours import legend
from spindle.gateway.framing import begun
from spindle.gateway.growing import Rest
from spindle.gateway.here import Gateway, Here
from spindle.gateway.pages.choosing import chosen, offered
from spindle.gateway.pages.listening import drawing
from spindle.gateway.pages.listening.surrounding import first_day, surroundings
from spindle.gateway.pages.listening.view import Show, View, Viewed
from spindle.people import asking
from spindle.people.heard import change, listened
from spindle.people.zooming import usual
from spindle.shared.messages.ask import (
    AskListening,
    AskRepeats,
    By,
    Listening,
    Ranked,
    RepeatRow,
    Sums,
    Tops,
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


@dataclass(frozen=True)
class Heard:
    """What days tell."""

    found: Listening
    sums: Sequence[Sum]
    course: drawing.Course | None
    week: Markup | None
    hours: Sequence[tuple[str, Sequence[int]]]


@dataclass(frozen=True)
class Most:
    """What is known last."""

    of_kinds: Sequence[tuple[Ranked, Sum, Tops]]
    repeats: Sequence[RepeatRow]


@router.get("/listening")
async def of_whom(request: Request, gateway: Here) -> Response:
    return await chosen(request, gateway, "/listening", "Listening")


@router.get("/listening/{user}")
async def overview(request: Request, gateway: Here, view: Viewed) -> Response:
    names, first = await asyncio.gather(offered(gateway, view.one), first_day(gateway, view))
    shown = {"shows": Show, "legend": legend(), **surroundings(view, "", names, first)}
    heard, most = Rest(lambda: _heard(gateway, view)), Rest(lambda: _most(gateway, view))
    return await begun(request, gateway, "listening.html", shown, heard=heard, most=most)


async def _heard(gateway: Gateway, view: View) -> Heard:
    found, course = await _days(gateway, view)
    week = drawing.week(found) if found.heard.plays else None
    return Heard(found, list(_sums(found, "plays", "ms", "days")), course, week, drawing.rows(found))


async def _days(gateway: Gateway, view: View) -> tuple[Listening, drawing.Course | None]:
    """How long bars are best is known once it is known since when there are plays."""
    since, until = view.days
    by = view.by or (usual(since, until) if since and until else By.MONTH)
    found = await _by_day(gateway, view, by)
    days = drawing.shown(view, found)
    if days is None:
        return found, None
    best = drawing.best(view, days)
    if best is By.YEAR and by is By.MONTH:
        found = found.model_copy(update={"bars": drawing.by_year(found.bars)})
    elif best is not by:
        found = found.model_copy(update={"bars": (await _by_day(gateway, view, best)).bars})
    return found, drawing.course(view, found, best, days) if found.heard.plays else None


async def _by_day(gateway: Gateway, view: View, by: By) -> Listening:
    return await asking.listening(gateway.client, _asked(view).model_copy(update={"only": Sums.BY_DAY, "by": by}))


async def _most(gateway: Gateway, view: View) -> Most:
    question = _asked(view)
    by_track = question.model_copy(update={"only": Sums.BY_TRACK, "favourites": _FIRST})
    repeats = AskRepeats(user=question.user, since=question.since, until=question.until, at_least=question.at_least)
    found, again = await asyncio.gather(
        asking.listening(gateway.client, by_track), asking.repeats(gateway.client, repeats)
    )
    sums = _sums(found, *Ranked)
    return Most([(what, next(sums), getattr(found.favourites, what)) for what in Ranked], again)


def _asked(view: View) -> AskListening:
    since, until = view.days
    return AskListening(user=view.one.user, since=since, until=until, at_least=view.at_least)


def _sums(found: Listening, *fields: str) -> Iterator[Sum]:
    plain: Callable[[int], str] = "{:,}".format
    words = {"ms": ("Time", listened), "days": ("Days with music", plain)}
    for field in fields:
        name, write = words.get(field, (field.capitalize(), plain))
        now, then = getattr(found.heard, field), getattr(found.before, field, None)
        yield Sum(name, write(now), change(now, then), write(then or 0))
