"""The health port among clients that dawdle, crowd, or leave: it answers, and costs the process nothing."""

import asyncio
import json
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest

from spindle.cli.health import endpoint
from spindle.cli.health.serving import Settings, served

UNFINISHED = b"GET /health HTTP/1.0\r\nX: "


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with served({}, Settings(health_port=0)) as port:
        assert port is not None
        yield port


@pytest.fixture
def crowd(port: int) -> Iterator[list[socket.socket]]:
    """Many that have begun to ask."""
    clients = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(50)]
    for client in clients:
        client.sendall(UNFINISHED)
    yield clients
    for client in clients:
        client.close()


def asked(port: int) -> dict[str, object]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=20) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refused:
        return dict(json.load(refused))


def dripping(client: socket.socket, at_most: float) -> float:
    """For how many seconds a byte at a time is taken."""
    began = time.monotonic()
    with suppress(ConnectionError):
        while time.monotonic() - began < at_most:
            client.sendall(b"a")
            time.sleep(0.1)
    return time.monotonic() - began


async def test_a_crowd_that_dawdles_keeps_nobody_out_and_takes_few_threads(
    port: int, crowd: list[socket.socket]
) -> None:
    told = await asyncio.to_thread(asked, port)

    assert told["live"]
    answering = [thread for thread in threading.enumerate() if "process_request" in thread.name]
    assert len(answering) <= 20  # of fifty: sixteen, and who is on its way out
    assert await asyncio.to_thread(crowd[0].recv, 1) == b""


async def test_a_request_that_arrives_byte_by_byte_is_not_waited_for(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_PATIENCE", 0.5)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(UNFINISHED)

        assert await asyncio.to_thread(dripping, client, 60.0) < 30


async def test_who_leaves_before_the_answer_is_no_news(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"GET /health HTTP/1.0\r\n\r\n")
    await asyncio.to_thread(asked, port)
    await asyncio.sleep(0.1)

    assert capfd.readouterr().err == ""
