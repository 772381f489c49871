"""Subjects and headers that are no text: who is given one reads on, and can tell where it lies."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import ensure_topology

STRANGE = {
    "a subject": b"PUB facts.plays.\xff 2\r\n{}\r\n",
    "a reply": b"PUB facts.plays.x _INBOX.\xfe 2\r\n{}\r\n",
    "a header": b"HPUB facts.plays.x 19 21\r\nNATS/1.0\r\n\xff\xfe: \xff\r\n\r\n{}\r\n",
    "a status": b"HPUB facts.plays.x 19 21\r\nNATS/1.0 \xff\xff\xff no\r\n\r\n{}\r\n",
}


@pytest.mark.parametrize("strange", STRANGE)
async def test_who_is_given_what_is_no_text_reads_on(nats_url: str, strange: str) -> None:
    client = await connect(nats_url, "test")
    js = client.jetstream()
    await ensure_topology(js)
    reading = await js.pull_subscribe_bind("recorder-facts", "facts")

    assert await raw(nats_url, STRANGE[strange]) == b"PONG\r\n"
    await js.publish("facts.plays.y", b"good")
    bodies = []
    while b"good" not in bodies:
        messages = await reading.fetch(1, timeout=20)
        bodies += [message.data for message in messages]
        for message in messages:
            await message.ack_sync(timeout=20)

    assert (await js.stream_info("facts")).state.messages == 0
    await client.close()


async def raw(url: str, said: bytes) -> bytes:
    """What the server answers, and only then it has read all of it."""
    server = urlsplit(url)
    reader, writer = await asyncio.open_connection(server.hostname, server.port)
    await reader.readline()
    known = {"user": server.username, "pass": server.password, "verbose": False, "pedantic": False, "headers": True}
    writer.write(b"CONNECT " + json.dumps(known).encode() + b"\r\n" + said + b"PING\r\n")
    await writer.drain()
    answer = await reader.readline()
    writer.close()
    return answer
