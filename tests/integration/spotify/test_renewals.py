"""Renewals against the simulator, in each of Spotify's three ways, by many processes, some of which are killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from nats.js.kv import KeyValue
from pydantic import SecretStr

from spindle.shared.ids import new_user
from spindle.shared.spotify.accounts import Accounts
from spindle.shared.spotify.entries import Entries
from spindle.shared.spotify.errors import Disconnected
from spindle.shared.spotify.keys import new_key
from spindle.shared.spotify.records import LEASE, Record
from spindle.shared.spotify.seal import Sealer
from spindle.shared.spotify.transport import http_client
from spindle.shared.spotify.vault import TokenVault
from spindle.simulator import Settings, build, serve

ASKER = Path(__file__).with_name("asker.py")
USER = new_user()
KEY = new_key()
SECRET = SecretStr("client-secret-" + "z" * 40)

WAYS = ("omit", "rotate", "plain")


class Spotify:
    """The simulator with one listener, whose refresh token our vaults get first."""

    def __init__(self, address: str, http: httpx.AsyncClient) -> None:
        self.address = address
        self._http = http

    async def refresh_token(self) -> SecretStr:
        people = (await self._http.get(f"{self.address}/control/listeners")).json()
        return SecretStr(people[0]["refresh_token"])

    async def tokens(self, **told: object) -> None:
        answer = await self._http.post(f"{self.address}/control/tokens", json=told)
        assert answer.is_success, answer.text

    async def slowly(self, seconds: float) -> None:
        fault = {"kind": "slow", "path": "/api/token", "seconds": seconds, "times": None}
        assert (await self._http.post(f"{self.address}/control/faults", json=fault)).is_success

    async def refreshes(self) -> int:
        calls = (await self._http.get(f"{self.address}/control/calls")).json()["log"]
        return sum(call["path"] == "/api/token" for call in calls)

    async def accepts(self, token: str) -> bool:
        answer = await self._http.get(f"{self.address}/v1/me", headers={"authorization": f"Bearer {token}"})
        return answer.status_code == httpx.codes.OK


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.fixture
async def spotify(http: httpx.AsyncClient) -> AsyncIterator[Spotify]:
    async with serve(build(Settings(listeners=1, history_days=1))) as address:
        yield Spotify(address, http)


@pytest.fixture
def new_vault(kv: KeyValue, http: httpx.AsyncClient, spotify: Spotify) -> Callable[..., TokenVault]:
    def made(ahead: timedelta = timedelta(0)) -> TokenVault:
        def clock() -> datetime:
            return datetime.now(UTC) + ahead

        return TokenVault(kv, Sealer(KEY), Accounts(http, spotify.address, "app", SECRET, clock=clock), clock=clock)

    return made


@pytest.fixture
def process(nats_url: str, spotify: Spotify) -> Callable[..., "asyncio.Future[asyncio.subprocess.Process]"]:
    def started(times: int = 1, **more: str) -> "asyncio.Future[asyncio.subprocess.Process]":
        told = {"TEST_NATS": nats_url, "TEST_ACCOUNTS": spotify.address, "TEST_SECRET": SECRET.get_secret_value()}
        told |= {"TEST_KEY": KEY.get_secret_value(), "TEST_USER": USER, **more}
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.PIPE)
        asking = asyncio.create_subprocess_exec(sys.executable, str(ASKER), str(times), env=os.environ | told, **pipes)
        return asyncio.ensure_future(asking)

    return started


async def kept(kv: KeyValue) -> Record:
    entry = await Entries(kv, Sealer(KEY)).read(USER)
    assert entry is not None
    return entry.record


@pytest.mark.parametrize("way", WAYS)
async def test_twenty_vaults_in_five_processes_cost_one_refresh(
    new_vault: Callable[..., TokenVault],
    process: Callable[..., "asyncio.Future[asyncio.subprocess.Process]"],
    spotify: Spotify,
    way: str,
) -> None:
    await spotify.tokens(refresh=way)
    await new_vault().store(USER, await spotify.refresh_token())
    expired = await new_vault().access_token(USER)
    await spotify.tokens(expire_access=True)
    await spotify.slowly(1.0)

    asking = [await process(TEST_VAULTS="4", TEST_WAITS="1", TEST_REJECTED=expired) for _ in range(5)]
    for each in asking:
        assert each.stdout is not None
        assert await each.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(each.communicate(b"go\n") for each in asking))

    assert [each.returncode for each in asking] == [0] * 5, outputs
    tokens = b"".join(out for out, _ in outputs).decode().split()
    assert len(tokens) == 20
    assert len(set(tokens)) == 1
    assert tokens[0] != expired
    assert await spotify.accepts(tokens[0])
    assert await spotify.refreshes() == 2


@pytest.mark.parametrize("way", WAYS)
async def test_each_way_of_refreshing_lives_through_many_expiries_with_many_askers(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify: Spotify, way: str
) -> None:
    await spotify.tokens(refresh=way)
    first = await spotify.refresh_token()
    await new_vault().store(USER, first)
    seen, refresh_tokens = [], {first.get_secret_value()}

    for hour in range(6):
        vaults = [new_vault(ahead=timedelta(hours=hour)) for _ in range(8)]
        found = set(await asyncio.gather(*(vault.access_token(USER) for vault in vaults for _ in range(2))))
        assert len(found) == 1
        seen += found
        refresh_tokens.add((await kept(kv)).refresh_token.get_secret_value())

    assert len(set(seen)) == await spotify.refreshes() == 6
    assert await spotify.accepts(seen[-1])
    assert len(refresh_tokens) == (7 if way == "rotate" else 1)


DIES = ("before the call", "between answer and store", "after the store")


@pytest.mark.parametrize("dies", DIES)
@pytest.mark.parametrize("way", WAYS)
async def test_a_process_killed_at_any_moment_of_a_renewal_costs_a_login_only_where_a_rotated_token_is_lost(
    kv: KeyValue,
    new_vault: Callable[..., TokenVault],
    process: Callable[..., "asyncio.Future[asyncio.subprocess.Process]"],
    spotify: Spotify,
    way: str,
    dies: str,
) -> None:
    await spotify.tokens(refresh=way)
    await new_vault().store(USER, await spotify.refresh_token())
    holder = await process(TEST_DIES=dies)
    out, err = await holder.communicate()
    assert (holder.returncode, out) == (-signal.SIGKILL, b""), err
    asked = await spotify.refreshes()
    assert asked == (0 if dies == "before the call" else 1)

    successor = new_vault(ahead=LEASE)
    if (way, dies) != ("rotate", "between answer and store"):
        assert await spotify.accepts(await successor.access_token(USER))
        assert await spotify.refreshes() == (1 if dies == "after the store" else asked + 1)
        assert (await kept(kv)).disconnected_since is None
        return

    for vault in (successor, new_vault()):
        with pytest.raises(Disconnected, match="log in with Spotify again: Refresh token revoked") as told:
            await vault.access_token(USER)
        assert "an earlier renewal was probably lost when a process ended" in told.value.reason
    assert await spotify.refreshes() == 2
    await new_vault().store(USER, await spotify.refresh_token())
    assert await spotify.accepts(await new_vault().access_token(USER))
    assert (await kept(kv)).lost is None


async def test_a_refusal_long_after_a_renewal_was_cut_off_is_not_blamed_on_it(
    kv: KeyValue,
    new_vault: Callable[..., TokenVault],
    process: Callable[..., "asyncio.Future[asyncio.subprocess.Process]"],
    spotify: Spotify,
) -> None:
    await new_vault().store(USER, await spotify.refresh_token())
    await (await process(TEST_DIES="between answer and store")).communicate()
    await new_vault(ahead=LEASE).access_token(USER)
    await spotify.tokens(revoke=True)

    with pytest.raises(Disconnected) as told:
        await new_vault(ahead=timedelta(hours=2)).access_token(USER)

    assert told.value.reason == "Refresh token revoked"


@pytest.mark.parametrize("trouble", ["drop", "server"])
async def test_an_answer_that_never_came_is_remembered_until_a_renewal_succeeds(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify: Spotify, http: httpx.AsyncClient, trouble: str
) -> None:
    token = await spotify.refresh_token()
    await new_vault().store(USER, token)
    fault = {"kind": trouble, "path": "/api/token", "times": 2}
    await http.post(f"{spotify.address}/control/faults", json=fault)
    for _ in range(2):
        with pytest.raises(Exception, match="Spotify"):
            await new_vault().access_token(USER)
    await spotify.tokens(revoke_token=token.get_secret_value())

    with pytest.raises(Disconnected, match="an earlier renewal was never answered"):
        await new_vault().access_token(USER)
