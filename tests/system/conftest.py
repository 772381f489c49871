"""Real servers for whole-system tests: one PostgreSQL with a database a test, one NATS a test, one simulator a test."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from stack import Stack, Stacked
from starlette.types import ASGIApp

from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.spotify.seal import new_key
from spindle.shared.spotify.transport import http_client
from spindle.simulator import serve

_numbers = itertools.count(1)


@pytest.fixture
async def database_url(postgres_url: str) -> str:
    name = f"system_{next(_numbers)}"
    address = postgres_url.replace("+asyncpg", "").split("?")[0].rsplit("/", 1)[0]
    connection = await asyncpg.connect(f"{address}/postgres", ssl=False)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return f"{address}/{name}?ssl=disable"


@pytest.fixture
def stacked(nats_url: str, database_url: str) -> Stacked:
    """A stack against the Spotify that a test brings along. Its services are stopped when the test ends."""

    @asynccontextmanager
    async def build(spotify: ASGIApp) -> AsyncIterator[Stack]:
        client = await connect(nats_url, "test")
        await ensure_topology(client.jetstream())
        async with serve(spotify) as address, http_client() as http:
            stack = Stack(nats_url, database_url, address, new_key(), client, http)
            try:
                yield stack
            finally:
                await stack.stop()
                await client.close()

    return build
