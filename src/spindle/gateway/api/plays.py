"""Plays, page by page."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from spindle.gateway.api.answers.plays import Plays
from spindle.gateway.api.asked import (
    AfterPlay,
    Lasting,
    Limit,
    OfAlbum,
    OfArtist,
    OfTrack,
    Search,
    SeenBy,
    Short,
    Since,
    Skipped,
    Until,
    Who,
)
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Here
from spindle.people import asking, shapes
from spindle.people.shapes import Json
from spindle.shared.messages import ask

router = APIRouter(tags=["plays"])

Latest = Annotated[bool, Query(description="The newest first, page by page; on each page still oldest first.")]


@dataclass(frozen=True)
class Wanted:
    """Which plays, and whose."""

    one: ask.Listener
    question: ask.AskPlays


async def _wanted(
    gateway: Here,
    user: Who,
    since: Since = None,
    until: Until = None,
    search: Search = None,
    track: OfTrack = None,
    artist: OfArtist = None,
    album: OfAlbum = None,
    source: SeenBy = None,
    skipped: Skipped = None,
    short: Short = None,
    at_least: Lasting = None,
) -> Wanted:
    one = await asking.listener(gateway.client, user)
    of = {"track": track, "artist": artist, "album": album, "source": source, "skipped": skipped, "short": short}
    question = ask.AskPlays(user=one.user, since=since, until=until, search=search, at_least=at_least)
    return Wanted(one, question.model_copy(update=of))


WantedPlays = Annotated[Wanted, Depends(_wanted)]


@router.get("/users/{user}/plays", response_model=Plays, responses=problems(404))
async def plays(
    gateway: Here, wanted: WantedPlays, after: AfterPlay = None, latest: Latest = False, limit: Limit = 100
) -> dict[str, Json]:
    """What a listener played, oldest first. What is recorded later has its place by time: a page that was read is not
    read again. Of plays that are looked for a page may hold fewer than `limit`, and lead on all the same."""
    question = wanted.question.model_copy(update={"after": after, "latest": latest, "limit": limit})
    page = await asking.page_of_plays(gateway.client, question)
    return {
        "plays": [shapes.play(row) for row in page.plays],
        "next": page.next,
        "looked_at": shapes.plain(page.looked_at),
    }
