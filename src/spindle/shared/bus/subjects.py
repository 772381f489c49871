"""Which subjects of a stream hold something: counted by the server, however many there are."""

import json

from nats.aio.client import Client

_WITHIN = 5.0  # seconds


async def held(bus: Client, stream: str, like: str) -> set[str]:
    """Subjects of this pattern. Raises what nats-py raises when there is no such stream."""
    found: set[str] = set()
    while True:
        question = {"subjects_filter": like, "offset": len(found)}
        answer = await bus.request(f"$JS.API.STREAM.INFO.{stream}", json.dumps(question).encode(), timeout=_WITHIN)
        told = json.loads(answer.data)
        if "error" in told:
            await bus.jetstream().stream_info(stream)
            return found
        page = told["state"].get("subjects") or {}
        found |= page.keys()
        if not page or len(found) >= told.get("total", 0):
            return found
