"""The least that can tell events to many sockets: whatever a consumer brings is written to all of them."""

import asyncio
import json
import sys

import nats
from nats.aio.msg import Msg

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


async def relay(url: str, port: int) -> None:
    clients: list[asyncio.StreamWriter] = []

    async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_HEAD)
        clients.append(writer)

    async def tell(message: Msg) -> None:
        name = json.loads(message.data)["event"]
        frame = f"id: {message.metadata.sequence.stream}\nevent: {name}\ndata: ".encode() + message.data + b"\n\n"
        chunk = f"{len(frame):x}\r\n".encode() + frame + b"\r\n"
        for client in clients:
            client.write(chunk)

    bus = await nats.connect(url)
    await bus.jetstream().subscribe(">", stream="events", ordered_consumer=True, cb=tell, deliver_policy="new")
    async with await asyncio.start_server(come, "127.0.0.1", port, backlog=1000) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1], int(sys.argv[2])))
