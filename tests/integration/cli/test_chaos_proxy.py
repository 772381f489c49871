"""What the proxy of a chaos run does to connections, and that it alters nothing."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from spindle.cli.chaos.faults import How
from spindle.cli.chaos.proxy import Proxy


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1000):
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    between = await Proxy(server.sockets[0].getsockname()[1]).start()
    yield between
    between.stop()
    server.close()


async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes) -> bytes:
    writer.write(words)
    return await asyncio.wait_for(reader.readexactly(len(words)), 20)


async def test_what_goes_through_comes_back_as_it_was(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

    assert await said(reader, writer, b"words" * 100_000) == b"words" * 100_000


async def test_a_cut_ends_every_connection_and_new_ones_are_taken(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    await said(reader, writer, b"here")

    proxy.trouble(How.CUT)

    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await said(reader, writer, b"gone")
    proxy.trouble(None)
    assert await said(*await asyncio.open_connection("127.0.0.1", proxy.port), b"back") == b"back"


async def test_who_is_refused_gets_no_answer(proxy: Proxy) -> None:
    proxy.trouble(How.REFUSE)

    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await said(*await asyncio.open_connection("127.0.0.1", proxy.port), b"hello")


async def test_what_was_swallowed_arrives_when_it_is_over(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    await said(reader, writer, b"here")
    proxy.trouble(How.SWALLOW)
    answer = asyncio.create_task(said(reader, writer, b"late"))
    await asyncio.sleep(0.2)

    assert not answer.done()

    proxy.trouble(None)
    assert await answer == b"late"


async def test_a_slow_connection_is_slow(proxy: Proxy) -> None:
    proxy.trouble(How.SLOW)
    began = time.monotonic()

    await said(*await asyncio.open_connection("127.0.0.1", proxy.port), b"slow")

    assert time.monotonic() - began > 0.25
