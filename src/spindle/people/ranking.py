"""All that a listener heard, what was heard most first, however much that is."""

from collections.abc import AsyncIterator

from nats.aio.client import Client

from spindle.people.asking import tops
from spindle.shared.messages.ask import AskTops, TopRow

_PAGE = 500


async def every(bus: Client, question: AskTops) -> AsyncIterator[TopRow]:
    """Page by page; a play that is recorded meanwhile may move one to a page that was read."""
    skip = question.skip
    while True:
        page = await tops(bus, question.model_copy(update={"skip": skip, "limit": _PAGE}))
        for row in page.rows:
            yield row
        if not page.more:
            return
        skip += _PAGE
