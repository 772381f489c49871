"""Events as a browser's `EventSource` and other programs read them: server-sent events.

Starlette's plain stream, because it takes as one piece what belongs together. With 500 clients FastAPI's own took five
times as long for an event, and sse-starlette twice as long (docs/decisions/0018-live-events-from-one-consumer.md).
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing

from fastapi.responses import StreamingResponse

from spindle.gateway.live.feed import Feed
from spindle.gateway.live.news import Missed, News
from spindle.people import shapes
from spindle.people.events import Event

MEDIA = "text/event-stream"

_AGAIN = 2000  # milliseconds after which a client that lost its connection asks again
_PROXIES = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def streamed(feed: Feed, after: int | None, wanted: Callable[[Event], bool]) -> StreamingResponse:
    return StreamingResponse(_pieces(feed, after, wanted), media_type=MEDIA, headers=_PROXIES)


async def _pieces(feed: Feed, after: int | None, wanted: Callable[[Event], bool]) -> AsyncIterator[bytes]:
    """At first where the client stands, so that one that is cut off before its first event misses none either."""
    at = -1
    async with aclosing(feed.follow(after, wanted)) as following:
        async for news in following:
            began = f"retry: {_AGAIN}\n" if at < 0 else ""
            yield (began + "".join(_frames(news, at))).encode(errors="replace")
            at = news.at


def _frames(news: News, before: int) -> list[str]:
    """Without anything to tell, a comment, and how far the client is: it comes back to there."""
    frames = [_missed(news.missed, news.at)] if news.missed else []
    frames += [_frame(event.sequence, str(event.body.get("event", "")), event.json) for event in news.events]
    return frames or [f": still here\n{f'id: {news.at}{chr(10)}' if news.at != before else ''}\n"]


def _missed(missed: Missed, at: int) -> str:
    told: Mapping[str, shapes.Json] = {"event": "missed", "from": missed.first, "to": missed.last, "why": missed.why}
    return _frame(at if missed.last is None else missed.last, "missed", shapes.text(told, None))


def _frame(number: int, name: str, told: str) -> str:
    """A name that is none is nobody's of ours."""
    return f"id: {number}\nevent: {name if name.isidentifier() else 'message'}\ndata: {told}\n\n"
