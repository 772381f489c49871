"""`deploy/cluster` on one machine: three nodes and two of every service, of which some die while people listen."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hearing import Heard

from spindle.cli.chaos.comparing import compare
from spindle.cli.chaos.faults import NATS, Act, Kill
from spindle.cli.chaos.people import People, people
from spindle.cli.chaos.quiet import Quiet
from spindle.cli.chaos.result import Result, Wish
from spindle.cli.chaos.running import watching
from spindle.cli.chaos.stage import STAFF, Setting, Stage, stage
from spindle.cli.chaos.striking import Striking
from spindle.embedded import ports
from spindle.shared.bus.topology import declared

from .deployed import deployed, prepared

WISH = Wish(seed=24, faults=3, seconds=None, listeners=4, replicas=3)
IMPORTS = 2
"""Begun in the moment before."""
TOKEN = "a" * 32
FIRST = ports.choose()
SECOND = ports.choose(avoid=(FIRST,))
"""Where the gateways are."""


def test_the_shipped_files_are_valid(tmp_path: Path) -> None:
    for node in prepared(tmp_path, 3):
        subprocess.run([*node.argv, "-t"], env=node.environment, check=True, capture_output=True)


@pytest.mark.slow
async def test_a_node_a_recorder_and_a_gateway_die_and_every_play_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nats" / "etc" / "ca.pem"))
    result, stays, moves = Result(WISH), Heard(SECOND, TOKEN, place=0), Heard(FIRST, TOKEN, place=0)
    async with _cluster(tmp_path) as (place, crowd), httpx.AsyncClient() as http, watching(place) as flight:
        striking, quiet = Striking(place, http), Quiet(place, crowd, print)
        await asyncio.gather(*(crowd.add(person) for person in crowd.everybody))
        await quiet.breathe(within=180)
        await stays.connect()
        await moves.connect()
        leader = f"{NATS}-{await _leader(place, 'facts')}"

        await asyncio.gather(*(crowd.act(Act("import", number, number)) for number in range(IMPORTS)))
        strikes = [Kill(leader, 1.5), Kill("recorder-1", 1), Kill("gateway-1", 1)]
        for strike in strikes:
            flight.note(strike)
        await asyncio.gather(*map(striking.strike, strikes), _moved(moves, to=SECOND))
        await striking.well()
        await quiet.come()
        await compare(result, place, crowd, quiet.late, flight)

        assert result.verdict.wrong == []
        assert result.good
        assert result.verdict.due > 100
        assert result.imports == IMPORTS
        await _heard_the_same(moves, stays)
        for name in declared():
            assert len((await place.js.stream_info(name)).cluster.replicas) == WISH.replicas - 1, name
    for log in (tmp_path / "nats").glob("*.log"):
        assert "Violation" not in log.read_text()
    stays.leave()
    moves.leave()


@asynccontextmanager
async def _cluster(home: Path) -> AsyncIterator[tuple[Stage, People]]:
    """Two of every service, each a user of its own."""

    def told(process: str) -> Mapping[str, str]:
        gateways = {"gateway-1": FIRST, "gateway-2": SECOND}
        port = gateways.get(process)
        return {"SPINDLE_PORT": str(port), "SPINDLE_ACCESS_TOKEN": TOKEN} if port else {}

    staff = dict.fromkeys((*STAFF, "gateway"), 2)
    setting = Setting(staff, deployed, own_users=True, told=told)
    async with (
        stage(home, WISH.seed, WISH.listeners, WISH.replicas, print, setting) as place,
        httpx.AsyncClient() as http,
    ):
        yield place, people(place, http)


async def _leader(place: Stage, stream: str) -> str:
    """The number of the node that leads it."""
    cluster = (await place.js.stream_info(stream)).cluster
    assert cluster
    assert cluster.leader
    return cluster.leader.rpartition("-")[2]


async def _moved(one: Heard, to: int) -> None:
    """As behind a proxy, when its gateway has died."""
    while not one.ended:
        await asyncio.sleep(0.05)
    one.port = to
    await one.connect()


async def _heard_the_same(one: Heard, other: Heard) -> None:
    """All events, each once and in order."""
    async with asyncio.timeout(180):
        while one.place != other.place:
            await asyncio.sleep(0.05)
    assert one.numbers == other.numbers == sorted({*one.numbers})
    assert "PlaysRecorded" in one.names
