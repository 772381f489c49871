"""The pages of Listening as they come, without JavaScript: what they say, and that whatever they lead to is there."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import pytest
from agreeing import Person, words
from exported import AUDIO, row
from imported import imported
from stack import Stack, Stacked
from visiting import visiting

from spindle.shared.ids import UserId
from spindle.simulator import Clock, Settings, build

pytestmark = pytest.mark.usefixtures("own_users")

SPITEFUL = "<script>alert(1)</script>"
ROWS = [row(number) for number in range(150)]
LATER = row(200, master_metadata_track_name=SPITEFUL, spotify_track_uri=f"spotify:track:{99:022}", skipped=True)


@asynccontextmanager
async def seen(stacked: Stacked, *rows: dict[str, object]) -> AsyncIterator[tuple[Stack, Person, UserId]]:
    async with stacked(build(Settings(listeners=1, history_days=0), Clock(speed=0))) as stack:
        await stack.start("recorder", "scheduler", "sync_worker")
        (user,) = await stack.everybody()
        if rows:
            await imported(stack, user, {AUDIO: json.dumps(rows).encode()})
        async with visiting(stack) as person:
            yield stack, person, user


async def read(person: Person, place: str) -> str:
    page = await person.http.get(place)
    assert page.status_code == 200, f"{place}: {page.text}"
    return page.text


def links(page: str) -> list[str]:
    return [unescape(place) for place in re.findall(r'href="(/(?:listening|api)/[^"]*)"', page)]


def kind(link: str) -> str:
    """The same for any listener, name and number, but not for a month and a year."""
    place, _, asked = link.partition("?")
    told = (each.partition("=") for each in asked.split("&"))
    said = (f"{name}={re.sub('[0-9]', '0', value)}" if name == "period" else name for name, _, value in told)
    return f"{place}?{'&'.join(said)}"


async def test_whatever_the_pages_lead_to_is_there(stacked: Stacked) -> None:
    async with seen(stacked, *ROWS, LATER) as (_, person, user):
        waiting, kinds = [f"/listening/{user}?period=all"], set[str]()
        while waiting:
            place = waiting.pop(0)
            page = await read(person, place)
            assert place.startswith("/api") or SPITEFUL not in page
            for found in links(page):
                if kind(found) not in kinds:
                    kinds.add(kind(found))
                    waiting.append(found)

        files = {each.partition("?")[0].rpartition("/")[2] for each in kinds if each.startswith("/api")}
        assert files == {"listening.csv", "hours.csv", "tops.csv", "repeats.csv", "plays.csv"}


async def test_plays_are_found_filtered_and_come_page_by_page(stacked: Stacked) -> None:
    async with seen(stacked, *ROWS, LATER) as (_, person, user):
        first = await read(person, f"/listening/{user}/plays?period=all")
        (older,) = {place for place in links(first) if "after=" in place}
        second = await read(person, older)
        skipped = await read(person, f"/listening/{user}/plays?period=all&skipped=yes")
        found = await read(person, f"/listening/{user}/plays?period=2021&search=SONG+7")
        nothing = await read(person, f"/listening/{user}/plays?period=all&search=nowhere")

        told = re.findall(r'<li id="p-([^"]*)"', first + second)
        assert (len(told), len(set(told))) == (151, 151)
        assert re.findall(r'<li id="p-([^"]*)"', skipped) == told[:1]
        assert "Only an import tells whether a play was skipped" in skipped
        assert found.count('<li id="p-') == sum(each["master_metadata_track_name"] == "Song 7" for each in ROWS)
        assert "No play is like that" in nothing


async def test_versions_of_a_track_that_share_a_name_are_told_apart(stacked: Stacked) -> None:
    versions = [
        row(number, master_metadata_track_name="Intro", spotify_track_uri=f"spotify:track:{number:022}")
        | {"master_metadata_album_album_name": album}
        for number, album in enumerate(("Studio", "Live"))
    ]
    async with seen(stacked, *versions) as (_, person, user):
        overview = await person.http.get(f"/listening/{user}?period=all")
        tracks = await person.http.get(f"/listening/{user}/tracks?period=all")

    for page in (overview, tracks):
        assert "Intro The Tests · Studio" in words(page)
        assert "Intro The Tests · Live" in words(page)


async def test_where_nothing_was_heard_that_is_said_in_words(stacked: Stacked) -> None:
    async with seen(stacked) as (stack, person, user):
        unknown = await person.http.get("/listening", follow_redirects=True)
        await imported(stack, user, {AUDIO: json.dumps([row(0)]).encode()})
        empty = words(await person.http.get(f"/listening/{user}?from=2020-01-01&to=2020-01-31"))
        wrong = await person.http.get(f"/listening/{user}?period=yesterday")

        assert "is known yet: plays appear here as they are recorded" in words(unknown)
        assert "1 to 31 January 2020" in empty
        assert "Nothing is known to have been heard in this period: what is known begins on 1 March 2021" in empty
        assert (wrong.status_code, "That makes no sense here 'yesterday' is no period" in words(wrong)) == (422, True)
