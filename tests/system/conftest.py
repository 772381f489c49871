"""Real servers for whole-system tests: one PostgreSQL with a database a test, one NATS a test, one simulator a test."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from filled import FILL, USER, Servers
from stack import Stack, Stacked
from starlette.types import ASGIApp

from spindle.recorder.store.migrate import migrate
from spindle.scheduler import asking
from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.spotify.keys import new_key
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
def stacked(
    request: pytest.FixtureRequest, tmp_path: Path, nats_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Stacked:
    """A stack against the Spotify that a test brings along. Its services are stopped when the test ends.

    Its scheduler waits for a recorder that is slow, as on a busy machine any is, instead of refusing controls; pauses
    wait for none. Where services are users of their own, nothing that they ask of NATS may be denied.
    """
    monkeypatch.setattr(asking, "_PATIENCE", 10)
    own_users = "own_users" in request.fixturenames or request.config.getoption("--users")

    @asynccontextmanager
    async def build(spotify: ASGIApp) -> AsyncIterator[Stack]:
        client = await connect(nats_url, "test")
        client.options["max_reconnect_attempts"] = -1  # as services do
        await ensure_topology(client.jetstream())
        async with serve(spotify) as address, http_client() as http:
            stack = Stack(nats_url, database_url, address, new_key(), client, http, own_users=own_users)
            try:
                yield stack
            finally:
                await stack.stop()
                await client.close()
        if own_users:
            assert "Violation" not in (tmp_path / "nats" / "nats.log").read_text()

    return build


@pytest.fixture
async def servers(nats_url: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Servers:
    monkeypatch.setenv("SPINDLE_NATS_URL", nats_url)
    monkeypatch.setenv("SPINDLE_DATABASE_URL", database_url)
    monkeypatch.setenv("SPINDLE_SECRET_KEY", "ab" * 32)
    home = tmp_path / "none"  # as in a container, where nothing stands in it
    await migrate(database_url)
    here = Servers(home, nats_url, database_url)
    await here.execute(FILL)
    client = await connect(nats_url, "test")
    js = client.jetstream()
    await ensure_topology(js)
    tokens, pauses = await js.key_value("tokens"), await js.key_value("pauses")
    await tokens.put("gone", b"x")
    await tokens.purge("gone")
    await tokens.put(USER, bytes(range(256)))
    await pauses.put(USER, b'{"what": ["poll"], "sequence": 41}')
    await js.publish("facts.plays.someone", b"\xff waits")
    for _ in range(41):
        await js.publish("control.pause", b"{}")
    await client.close()
    return here
