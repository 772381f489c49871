"""Play by play, newest first: searched, filtered, and page by page."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from spindle.gateway.framing import begun
from spindle.gateway.growing import Rest
from spindle.gateway.here import Here
from spindle.gateway.pages.choosing import offered
from spindle.gateway.pages.listening.surrounding import first_day, surroundings
from spindle.gateway.pages.listening.view import View, Viewed, address
from spindle.people import asking
from spindle.people.heard import begins, counted, zone
from spindle.people.wording import instant
from spindle.shared.messages.ask import AskPlays, PlayRow
from spindle.shared.messages.plays import Source

router = APIRouter()

_ON_A_PAGE = 100
_LONGEST = 200  # letters
_ANSWERS = {"yes": True, "no": False}

_Text = Annotated[str, Query(max_length=_LONGEST, pattern=r"^[^\x00]*$")]


@dataclass(frozen=True)
class Filters:
    """As the form has them: empty for whatever there is."""

    search: str = ""
    track: str = ""
    artist: str = ""
    album: str = ""
    source: str = ""
    skipped: str = ""
    short: str = ""

    @property
    def said(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


async def _filters(
    search: _Text = "",
    track: _Text = "",
    artist: _Text = "",
    album: _Text = "",
    source: _Text = "",
    skipped: _Text = "",
    short: _Text = "",
) -> Filters:
    """What nobody can mean is left out."""
    known = source if source in list(Source) else ""
    return Filters(search.strip(), track, artist, album, known, _answer(skipped), _answer(short))


def _answer(text: str) -> str:
    return text if text in _ANSWERS else ""


@dataclass(frozen=True)
class Day:
    day: date
    plays: Sequence[PlayRow]
    """The newest first."""


@router.get("/listening/{user}/plays")
async def plays(
    request: Request,
    gateway: Here,
    view: Viewed,
    filters: Annotated[Filters, Depends(_filters)],
    after: Annotated[str | None, Query(max_length=_LONGEST)] = None,
) -> Response:
    question = _question(view, filters, after)
    names, first = await asyncio.gather(offered(gateway, view.one), first_day(gateway, view))
    shown = {
        "filters": filters,
        "sources": list(Source),
        "newest": view.at("/plays", **filters.said) if after else None,
        "sheet": _sheet(view, question, filters),
        **surroundings(view, "/plays", names, first),
    }

    async def found() -> Mapping[str, object]:
        page = await asking.page_of_plays(gateway.client, question)
        return {
            "days": list(_days(view, page.plays)),
            "only": list(_only(view, filters, page.plays)),
            "looked_at": page.looked_at,
            "older": view.at("/plays", **filters.said, after=page.next) if page.next else None,
        }

    return await begun(request, gateway, "plays.html", shown, found=Rest(found))


def _question(view: View, filters: Filters, after: str | None) -> AskPlays:
    since, until = (begins(day, zone(view.one)) if day else None for day in view.days)
    return AskPlays(
        user=view.one.user,
        since=since,
        until=until,
        after=after,
        latest=True,
        limit=_ON_A_PAGE,
        search=filters.search or None,
        track=filters.track or None,
        artist=filters.artist or None,
        album=filters.album or None,
        source=Source(filters.source) if filters.source else None,
        skipped=_ANSWERS.get(filters.skipped),
        at_least=view.chosen,
        short=_ANSWERS.get(filters.short),
    )


def _days(view: View, plays: Sequence[PlayRow]) -> Iterator[Day]:
    """By the listener's own clocks."""
    where = zone(view.one)
    for day, together in groupby(reversed(plays), lambda play: play.played_at.astimezone(where).date()):
        yield Day(day, list(together))


def _only(view: View, filters: Filters, plays: Sequence[PlayRow]) -> Iterator[tuple[str, str]]:
    """What is filtered by id, by the name that the plays tell, or by what counts; and the address without that."""
    named = _names(filters, plays[0]) if plays else {}
    for what in ("track", "artist", "album"):
        if what in filters.said:
            yield f"{what} {named.get(what, 'of this id')}", view.at("/plays", **filters.said | {what: ""})
    if view.chosen:
        yield counted(view.chosen), view.at("/plays", **filters.said, at_least="")


def _names(filters: Filters, play: PlayRow) -> Mapping[str, str]:
    """An artist may have several ids."""
    artists = dict(zip(play.artist_ids, play.artists, strict=False))
    return {
        "track": play.track or "without a name",
        "album": play.album or "without a name",
        "artist": artists.get(filters.artist, "of this id"),
    }


def _sheet(view: View, question: AskPlays, filters: Filters) -> str:
    """The same plays as CSV."""
    times = {"since": question.since, "until": question.until}
    answers = {name: str(_ANSWERS[filters.said[name]]).lower() for name in ("skipped", "short") if name in filters.said}
    counts = {"at_least": str(view.chosen)} if view.chosen else {}
    said = filters.said | answers | counts | {name: instant(at) for name, at in times.items() if at}
    return address(f"/api/users/{view.one.user}/plays.csv", said)
