"""The overview of Listening comes in parts: first its heading, then what days tell, then what is summed up by track."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser

import asyncpg
import httpx
from agreeing import words
from door import BEARER, Api, api_of
from exported import AUDIO, row
from imported import imported
from stack import Stack, Stacked

from spindle.shared.ids import UserId
from spindle.simulator import Clock, Settings, build

SUMMED, BY_DAY = "listening_repeats", "listening_days"
"""What only the last part reads, and what the one before it reads."""
HTML = {"accept": "text/html"}
EMPTY = {"meta", "link", "input", "col", "rect", "line", "circle", "path"}
WHY = "Not just now The recorder does not answer within 5 s."


class Open(HTMLParser):
    """Which elements of a page have not ended."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open += [] if tag in EMPTY else [tag]

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY:
            assert self.open.pop() == tag


def left_open(page: str) -> list[str]:
    reader = Open()
    reader.feed(page)
    return reader.open


@dataclass
class Overview:
    stack: Stack
    api: Api
    user: UserId

    @asynccontextmanager
    async def asked(self, period: str = "all", **headers: str) -> AsyncIterator[httpx.Response]:
        sent = BEARER | HTML | headers
        async with self.api.http.stream("GET", f"/listening/{self.user}?period={period}", headers=sent) as answer:
            yield answer

    async def read(self, period: str = "all", **headers: str) -> httpx.Response:
        async with self.asked(period, **headers) as answer:
            await answer.aread()
            return answer

    async def read_twice(self) -> tuple[httpx.Response, httpx.Response]:
        """By who opens it, and meanwhile by a page that looks again."""
        return await asyncio.gather(self.read(), self.read(**{"looks-again": "yes"}))

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Nobody can read it, until what is given is called."""
        address = self.stack.database_url.replace("+asyncpg", "").split("?")[0]
        connection = await asyncpg.connect(address, ssl=False)
        await connection.execute(f"BEGIN; LOCK TABLE {table}")
        try:
            yield connection.close
        finally:
            await connection.close()


@asynccontextmanager
async def looked_at(stacked: Stacked) -> AsyncIterator[Overview]:
    async with stacked(build(Settings(listeners=1, history_days=0), Clock(speed=0))) as stack:
        await stack.start("recorder", "scheduler", "sync_worker")
        (user,) = await stack.everybody()
        await imported(stack, user, {AUDIO: json.dumps([row(number) for number in range(20)]).encode()})
        async with api_of(stack) as api:
            yield Overview(stack, api, user)


async def test_what_days_tell_comes_before_tracks_are_summed_up(stacked: Stacked) -> None:
    async with looked_at(stacked) as overview, overview.locked(SUMMED) as released, overview.asked() as answer:
        coming, began = answer.aiter_text(), ""
        while "Hours of the week" not in began:
            began += await anext(coming)
        await released()
        whole = began + "".join([piece async for piece in coming])

    assert "Days with music" in began
    assert "Top tracks" not in began
    assert "Again and again" in whole
    assert left_open(whole) == []
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_tracks_that_cannot_be_summed_up_are_a_sentence_in_a_whole_page(stacked: Stacked) -> None:
    async with looked_at(stacked) as overview:
        async with overview.locked(SUMMED):
            page, again = await overview.read_twice()
        async with overview.locked(BY_DAY):
            nothing, nothing_again = await overview.read_twice()

    assert [(each.status_code, left_open(each.text)) for each in (page, nothing)] == [(200, [])] * 2
    assert "Plays 20 " in words(page)
    assert "Days with music" not in words(nothing)
    assert [words(each).count(WHY) for each in (page, nothing)] == [1, 1]
    assert [each.status_code for each in (again, nothing_again)] == [503, 503]


async def test_where_nothing_was_heard_no_tracks_are_waited_for(stacked: Stacked) -> None:
    async with looked_at(stacked) as overview, overview.locked(SUMMED):
        page = await overview.read("2019")

    assert "Nothing is known to have been heard in this period" in words(page)
    assert left_open(page.text) == []


async def test_what_can_never_be_told_is_not_asked_for_again_and_again(stacked: Stacked) -> None:
    async with looked_at(stacked) as overview:
        page = await overview.api.http.get(f"/listening/{overview.user}/plays?after=x", headers=BEARER | HTML)
        again = await overview.api.http.get(
            f"/listening/{overview.user}/plays?after=x", headers=BEARER | HTML | {"looks-again": "yes"}
        )

    assert (page.status_code, left_open(page.text)) == (200, [])
    assert "That makes no sense here" in words(page)
    assert "data-again" not in page.text
    assert again.status_code == 422


async def test_a_page_that_looks_again_waits_for_no_more_than_one_that_is_opened(stacked: Stacked) -> None:
    async with looked_at(stacked) as overview, overview.locked(SUMMED):
        page = await overview.read("2019", **{"looks-again": "yes"})

    assert "Nothing is known to have been heard in this period" in words(page)
