"""What is asked of NATS when somebody asks a service for its metrics, and nothing else.

Of every durable of the service's own: `$JS.API.CONSUMER.INFO.<stream>.<durable>`. Of the streams that are named here:
`$JS.API.STREAM.INFO.<stream>`. Workers also read keys of the bucket `pace`, as they do before every call.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nats.aio.client import Client

from spindle.shared.bus.topology import durables
from spindle.shared.metrics.declared import DEAD_KEPT, NATS_UP, QUEUE_AGE, QUEUE_MESSAGES, STREAM_BYTES, STREAM_LIMIT
from spindle.shared.metrics.readings import Reading

STREAMS = {"recorder": ("facts",), "scheduler": ("control", "dead")}
"""By service: those whose age and size say whether it comes along with its work."""

_LETTERS = "dead"
_PATIENCE = 0.5  # seconds


async def measured(client: Client, service: str) -> Sequence[Reading]:
    """Nothing when NATS is away."""
    asked = [_queue(client, stream, durable) for name, stream, durable in durables() if name == service]
    asked += [_stream(client, stream) for stream in STREAMS.get(service, ())]
    found = await asyncio.gather(_up(client, service), *asked, return_exceptions=True)
    return [reading for readings in found if not isinstance(readings, BaseException) for reading in readings]


async def _up(client: Client, service: str) -> list[Reading]:
    """Left alone when it takes too long: a flush that is cancelled leaves a pong that nobody expects."""
    pinged = asyncio.ensure_future(client.flush(timeout=1))
    pinged.add_done_callback(_seen)
    done, _ = await asyncio.wait({pinged}, timeout=_PATIENCE)
    return [Reading(NATS_UP, 1, (service,))] if done and not (pinged.cancelled() or pinged.exception()) else []


async def _queue(client: Client, stream: str, durable: str) -> list[Reading]:
    told = await _told(client, f"CONSUMER.INFO.{stream}.{durable}")
    return [
        Reading(QUEUE_MESSAGES, told["num_pending"], (durable, "waiting")),
        Reading(QUEUE_MESSAGES, told["num_ack_pending"], (durable, "in_hand")),
    ]


async def _stream(client: Client, stream: str) -> list[Reading]:
    told = await _told(client, f"STREAM.INFO.{stream}")
    state = told["state"]
    size = [
        Reading(STREAM_BYTES, state["bytes"], (stream,)),
        Reading(STREAM_LIMIT, told["config"]["max_bytes"], (stream,)),
    ]
    if stream == _LETTERS:
        return [*size, Reading(DEAD_KEPT, state["messages"])]
    age = _time(told["ts"]) - _time(state["first_ts"]) if state["messages"] else None
    return [*size, Reading(QUEUE_AGE, age.total_seconds() if age else 0, (stream,))]


async def _told(client: Client, what: str) -> dict[str, Any]:
    """All times are the server's. Raises `KeyError` later for a refusal, as there is nothing to tell then."""
    answer: dict[str, Any] = json.loads((await client.request(f"$JS.API.{what}", b"", timeout=_PATIENCE)).data)
    return answer


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _seen(pinged: asyncio.Future[None]) -> None:
    """Its error is no news."""
    if not pinged.cancelled():
        pinged.exception()
