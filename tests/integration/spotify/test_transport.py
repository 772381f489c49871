"""The HTTP client on a real network: what a server does to us there."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from free import TURN, Free

from spindle.shared.spotify.client import Spotify
from spindle.shared.spotify.errors import Malformed, Unreachable
from spindle.shared.spotify.transport import http_client

Serve = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[Spotify]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await serve(await reader.readuntil(b"\r\n\r\n"), writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with http_client() as http:
        yield Spotify(http, f"http://127.0.0.1:{port}", Free())
    server.close()


def ok(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"content-length: %d" % len(body), *headers, b"", body])


async def test_a_packed_page_is_read_and_no_cookie_comes_back() -> None:
    asked: list[bytes] = []

    async def serve(request: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(request.lower())
        body = gzip.compress(b'{"items": []}')
        writer.write(ok(body, b"content-encoding: gzip", b"set-cookie: whose=ann; path=/"))

    async with serving(serve) as spotify:
        for _ in range(2):
            assert (await spotify.recently_played("token", TURN)).plays == ()

    assert len(asked) == 2
    assert all(b"cookie" not in each and b"accept-encoding: gzip\r\n" in each for each in asked)
    assert all(b"user-agent: spindle/" in each and b"authorization: bearer token\r\n" in each for each in asked)


async def test_a_server_that_drips_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spindle.shared.spotify.transport.TOTAL", timedelta(seconds=0.5))

    async def serve(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(600):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.1)

    async with serving(serve) as spotify:
        with pytest.raises(Unreachable):
            async with asyncio.timeout(30):
                await spotify.recently_played("token", TURN)


ANSWERS = [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"]


@pytest.mark.parametrize("answer", ANSWERS)
async def test_an_answer_that_breaks_off_or_is_no_http_is_unreachable(answer: bytes) -> None:
    async def serve(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with serving(serve) as spotify:
        with pytest.raises(Unreachable):
            await spotify.recently_played("token", TURN)


async def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with http_client() as http:
            for host in (f"127.0.0.1:{unused.getsockname()[1]}", "nowhere.invalid"):
                with pytest.raises(Unreachable):
                    await Spotify(http, f"http://{host}", Free()).recently_played("token", TURN)


async def test_damaged_gzip_is_malformed() -> None:
    async def serve(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(ok(b"nonsense", b"content-encoding: gzip"))

    async with serving(serve) as spotify:
        with pytest.raises(Malformed):
            await spotify.recently_played("token", TURN)
