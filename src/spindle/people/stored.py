"""What a stream holds, one message after the other: for commands that must not miss any."""

from collections.abc import AsyncIterator

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from spindle.shared.bus.patience import insist


async def stored(js: JetStreamContext, stream: str) -> AsyncIterator[RawStreamMsg]:
    """Of a bucket, keys that change meanwhile come once more, later; listing keys would miss some."""
    at = 0
    while True:
        try:
            message = await insist(
                lambda after=at: js.get_msg(stream, seq=after + 1, subject=">", next=True),  # type: ignore[misc]
                final=lambda error: isinstance(error, NotFoundError),
            )
        except NotFoundError:
            return
        at = int(message.seq or 0)
        yield message


def deleted(message: RawStreamMsg) -> bool:
    """Whether it only says that the key of a bucket is gone."""
    return "KV-Operation" in (message.headers or {})
