"""Tokens on a real NATS server, with real HTTP and real processes."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import httpx
import nats
import pytest
from nats.js.errors import KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import SecretStr

from spindle.embedded.nats import Nats
from spindle.shared.ids import new_user
from spindle.shared.spotify.accounts import Accounts, Grant
from spindle.shared.spotify.door import Door, Family, Owner, Scope
from spindle.shared.spotify.doors import Doors
from spindle.shared.spotify.entries import Entries
from spindle.shared.spotify.errors import BadClient, Disconnected, Malformed, RateLimited, Unavailable
from spindle.shared.spotify.keys import new_key
from spindle.shared.spotify.records import LEASE, Record
from spindle.shared.spotify.seal import BrokenSeal, Sealer
from spindle.shared.spotify.transport import http_client
from spindle.shared.spotify.vault import TokenVault

ASKER = Path(__file__).with_name("asker.py")
USER = new_user()
KEY = new_key()
CLIENT_SECRET = SecretStr("client-secret-" + "z" * 40)
REFRESH = SecretStr("refresh-1-" + "x" * 40)


class Server(Protocol):
    """What `conftest.AccountsServer` offers."""

    url: str
    valid: str
    rotates: bool
    lifetime: int
    answers: list[tuple[int, object]]
    meanwhile: Callable[[int], None]
    calls: list[str]


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.fixture
def new_vault(kv: KeyValue, http: httpx.AsyncClient, spotify_accounts: Server) -> Callable[..., TokenVault]:
    """Vaults that share nothing in memory, as those of different processes."""

    def made(ahead: timedelta = timedelta(0), client_id: str = "app", key: SecretStr = KEY) -> TokenVault:
        accounts = Accounts(http, spotify_accounts.url, client_id, CLIENT_SECRET)
        return TokenVault(kv, Sealer(key), accounts, clock=lambda: datetime.now(UTC) + ahead)

    return made


async def record(kv: KeyValue) -> Record:
    entry = await Entries(kv, Sealer(KEY)).read(USER)
    assert entry is not None
    return entry.record


async def process(nats_url: str, server: Server, times: int = 1, **more: str) -> asyncio.subprocess.Process:
    told = {"TEST_NATS": nats_url, "TEST_ACCOUNTS": server.url, "TEST_SECRET": CLIENT_SECRET.get_secret_value()}
    told |= {"TEST_KEY": KEY.get_secret_value(), "TEST_USER": USER, **more}
    out = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    return await asyncio.create_subprocess_exec(sys.executable, str(ASKER), str(times), env=os.environ | told, **out)


async def test_twenty_callers_of_five_vaults_cost_one_refresh(
    new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    vaults = [new_vault() for _ in range(5)]
    await vaults[0].store(USER, REFRESH)

    tokens = await asyncio.gather(*(vaults[each % 5].access_token(USER) for each in range(20)))

    assert len(spotify_accounts.calls) == 1
    assert set(tokens) == {"access-1-" + "y" * 40}


async def test_several_processes_cost_one_refresh(
    new_vault: Callable[..., TokenVault], spotify_accounts: Server, nats_url: str
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.rotates = True
    all_started = threading.Event()
    spotify_accounts.meanwhile = lambda _call: (all_started.wait(5), None)[1]

    processes = [await process(nats_url, spotify_accounts, times=5) for _ in range(4)]
    asyncio.get_running_loop().call_later(2, all_started.set)
    outputs = [await each.communicate() for each in processes]

    assert [each.returncode for each in processes] == [0] * 4, outputs
    assert b"".join(out for out, _ in outputs).split() == [b"access-1-" + b"y" * 40] * 20
    assert len(spotify_accounts.calls) == 1


async def test_one_refresh_per_expiry_and_per_rejected_token(
    new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    now, later = new_vault(), [new_vault(ahead=timedelta(minutes=59, seconds=30)) for _ in range(3)]
    await now.store(USER, REFRESH)

    first = await now.access_token(USER)
    assert await now.access_token(USER) == first
    assert await now.access_token(USER, rejected="an older one") == first
    second = set(await asyncio.gather(*(each.access_token(USER) for each in later)))
    third = set(await asyncio.gather(*(new_vault().access_token(USER, rejected=next(iter(second))) for _ in range(5))))

    assert len({first, *second, *third}) == 3
    assert len(spotify_accounts.calls) == 3


async def test_a_token_that_lives_for_seconds_is_still_shared(
    new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    spotify_accounts.lifetime = 40
    await new_vault().store(USER, REFRESH)

    tokens = await asyncio.gather(*(new_vault().access_token(USER) for _ in range(10)))

    assert len(set(tokens)) == len(spotify_accounts.calls) == 1


async def test_a_holder_killed_while_it_refreshes_is_succeeded_when_its_lease_is_over(
    new_vault: Callable[..., TokenVault], spotify_accounts: Server, nats_url: str
) -> None:
    await new_vault().store(USER, REFRESH)
    asked, dead = threading.Event(), threading.Event()

    def meanwhile(call: int) -> None:
        if call == 1:
            asked.set()
            dead.wait(20)

    spotify_accounts.meanwhile = meanwhile
    holder = await process(nats_url, spotify_accounts)
    await asyncio.to_thread(asked.wait, 60)
    holder.send_signal(signal.SIGKILL)
    await holder.communicate()
    dead.set()

    waiting = asyncio.create_task(new_vault().access_token(USER))
    await asyncio.sleep(1)
    assert not waiting.done()
    assert len(spotify_accounts.calls) == 1

    # Time is an argument: this vault's clock says that the lease is over.
    assert await new_vault(ahead=LEASE).access_token(USER) == "access-2-" + "y" * 40
    assert await waiting == "access-2-" + "y" * 40
    assert len(spotify_accounts.calls) == 2


async def test_a_lease_of_a_clock_far_ahead_is_not_waited_for_longer_than_a_lease(
    kv: KeyValue, new_vault: Callable[..., TokenVault], monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_vault().store(USER, REFRESH)
    entries = Entries(kv, Sealer(KEY))
    entry = await entries.read(USER)
    assert entry is not None
    await entries.swap(USER, entry.record.leased("dead", datetime.now(UTC) + timedelta(days=1)), entry.revision)
    monkeypatch.setattr("spindle.shared.spotify.vault.LEASE", timedelta(seconds=1))

    async with asyncio.timeout(30):
        assert await new_vault().access_token(USER)


async def test_a_rotated_token_is_stored_when_the_access_token_comes_out(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify_accounts: Server, nats_url: str
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.rotates = True

    user = await process(nats_url, spotify_accounts, TEST_DIES="with the token in use")
    out, _ = await user.communicate()

    assert user.returncode == -signal.SIGKILL
    assert (await record(kv)).refresh_token.get_secret_value() == spotify_accounts.valid != REFRESH.get_secret_value()
    assert await new_vault().access_token(USER) == out.decode().strip()
    assert await new_vault(ahead=timedelta(hours=2)).access_token(USER) == "access-2-" + "y" * 40


async def test_a_rotation_whose_answer_died_with_its_process_disconnects_until_the_next_login(
    new_vault: Callable[..., TokenVault], spotify_accounts: Server, nats_url: str
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.rotates = True
    rotated, dead = threading.Event(), threading.Event()
    spotify_accounts.meanwhile = lambda call: (rotated.set(), dead.wait(20), None)[2] if call == 1 else None
    holder = await process(nats_url, spotify_accounts)
    await asyncio.to_thread(rotated.wait, 60)
    holder.send_signal(signal.SIGKILL)
    await holder.communicate()
    dead.set()

    with pytest.raises(Disconnected, match="Refresh token revoked; the answer to an earlier renewal"):
        await new_vault(ahead=LEASE).access_token(USER)
    await new_vault().store(USER, SecretStr(spotify_accounts.valid), authorized_at=datetime.now(UTC))

    assert await new_vault().access_token(USER)
    account = await new_vault().account(USER)
    assert account is not None
    assert account.disconnected_since is None


async def test_an_answer_that_comes_after_the_lease_is_kept_and_heals(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.rotates = True
    asked, second_refused = threading.Event(), threading.Event()
    spotify_accounts.meanwhile = lambda call: (asked.set(), second_refused.wait(10), None)[2] if call == 1 else None

    slow = asyncio.create_task(new_vault().access_token(USER))
    await asyncio.to_thread(asked.wait, 60)
    with pytest.raises(Disconnected):
        await new_vault(ahead=LEASE).access_token(USER)
    second_refused.set()

    assert await slow == "access-1-" + "y" * 40
    assert (await record(kv)).refresh_token.get_secret_value() == spotify_accounts.valid
    assert (await record(kv)).disconnected_since is None


async def test_a_late_invalid_grant_for_a_replaced_token_changes_nothing(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.answers = [(400, {"error": "invalid_grant"})]
    asked, logged_in = threading.Event(), threading.Event()
    spotify_accounts.meanwhile = lambda call: (asked.set(), logged_in.wait(10), None)[2] if call == 1 else None

    asking = asyncio.create_task(new_vault().access_token(USER))
    await asyncio.to_thread(asked.wait, 60)
    spotify_accounts.valid = "refresh-of-a-new-login-" + "x" * 40
    grant = Grant(SecretStr("access-of-the-login"), datetime.now(UTC) + timedelta(hours=1), scope="a")
    await new_vault().store(USER, SecretStr(spotify_accounts.valid), grant=grant)
    logged_in.set()

    assert await asking == "access-of-the-login"
    kept = await record(kv)
    assert kept.disconnected_since is None
    assert kept.refresh_token.get_secret_value() == spotify_accounts.valid


@pytest.mark.parametrize("rotates", [False, True])
async def test_a_late_invalid_grant_after_another_renewal_changes_nothing(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify_accounts: Server, rotates: bool
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.rotates = rotates
    spotify_accounts.answers = [(400, {"error": "invalid_grant"})]
    asked, renewed = threading.Event(), threading.Event()
    spotify_accounts.meanwhile = lambda call: (asked.set(), renewed.wait(10), None)[2] if call == 1 else None

    slow = asyncio.create_task(new_vault().access_token(USER))
    await asyncio.to_thread(asked.wait, 60)
    fresh = await new_vault(ahead=LEASE).access_token(USER)
    renewed.set()

    assert await slow == fresh
    kept = await record(kv)
    assert kept.disconnected_since is None
    assert kept.refresh_token.get_secret_value() == spotify_accounts.valid
    assert len(spotify_accounts.calls) == 2


async def test_a_login_during_a_refresh_wins_over_what_the_refresh_brings(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.rotates = True
    asked, logged_in = threading.Event(), threading.Event()
    spotify_accounts.meanwhile = lambda call: (asked.set(), logged_in.wait(10), None)[2] if call == 1 else None

    asking = asyncio.create_task(new_vault().access_token(USER))
    await asyncio.to_thread(asked.wait, 60)
    login = Grant(SecretStr("access-of-the-login"), datetime.now(UTC) + timedelta(hours=1))
    await new_vault().store(USER, SecretStr("refresh-of-a-new-login"), grant=login)
    logged_in.set()

    assert await asking == "access-of-the-login"
    assert (await record(kv)).refresh_token.get_secret_value() == "refresh-of-a-new-login"


async def test_a_disconnected_listener_costs_no_call_and_keeps_the_token(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.valid = "another"
    for _ in range(3):
        with pytest.raises(Disconnected, match="Refresh token revoked"):
            await new_vault().access_token(USER)

    assert len(spotify_accounts.calls) == 1
    account = await new_vault().account(USER)
    assert account is not None
    assert account.disconnected_since is not None
    assert account.disconnected_reason == "Refresh token revoked"
    assert (await record(kv)).refresh_token == REFRESH


async def test_a_listener_without_tokens_is_disconnected_before_and_after(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    vault = new_vault()
    for _ in range(2):
        with pytest.raises(Disconnected, match="no Spotify account is linked"):
            await vault.access_token(USER)
        assert await vault.account(USER) is None
        await vault.store(USER, REFRESH)
        assert await vault.account(USER)
        await vault.forget(USER)

    assert spotify_accounts.calls == []


FAILURES = [
    ((429, {"error": "slow down"}), RateLimited),
    ((503, "no"), Unavailable),
    ((200, {"token": "?"}), Malformed),
    ((400, {"error": "invalid_client"}), BadClient),
]


@pytest.mark.parametrize(("answer", "error"), FAILURES)
async def test_a_failed_refresh_disconnects_nobody_and_leaves_the_turn_to_the_next(
    answer: tuple[int, object],
    error: type[Exception],
    new_vault: Callable[..., TokenVault],
    spotify_accounts: Server,
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.answers = [answer]

    with pytest.raises(error):
        await new_vault().access_token(USER)

    async with asyncio.timeout(15):  # the lease would be over in twenty
        assert await new_vault().access_token(USER)


async def test_tokens_of_another_client_id_are_not_spent(
    new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    await new_vault().store(USER, REFRESH)

    with pytest.raises(BadClient, match="another client id"):
        await new_vault(client_id="other").access_token(USER)

    assert spotify_accounts.calls == []
    assert await new_vault().access_token(USER)


class AtDeadline:
    """The door of the tokens, which has been closed until just now."""

    def __init__(self, kv: KeyValue, doors: Doors) -> None:
        self._kv = kv
        self._key = Scope("app", quota=False).key(Family.TOKENS)
        self.doors = doors

    async def door(self) -> Door:
        return Door.model_validate_json((await self._kv.get(self._key)).value or b"")

    async def probed_by(self, somebody: str | None) -> None:
        door = await self.door()
        changed = door.probed_by(somebody, datetime.now(UTC)) if somebody else door.released()
        await self._kv.put(self._key, changed.model_dump_json().encode())


@pytest.fixture
async def at_deadline(nats_url: str) -> AsyncIterator[AtDeadline]:
    bus = await nats.connect(nats_url)
    js = bus.jetstream()
    await js.add_stream(name="events", subjects=["doors.>"])
    pace = await js.create_key_value(bucket="pace", history=1)
    past = Doors(js, pace, Owner("app", ""), clock=lambda: datetime.now(UTC) - timedelta(minutes=1))
    with pytest.raises(RateLimited):
        async with past.passing(Family.TOKENS):
            raise RateLimited(timedelta(seconds=30))
    yield AtDeadline(pace, Doors(js, pace, Owner("app", "")))
    await bus.close()


async def test_a_door_is_not_opened_by_whoever_finds_the_token_renewed_when_it_could_try(
    kv: KeyValue,
    http: httpx.AsyncClient,
    spotify_accounts: Server,
    at_deadline: AtDeadline,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("spindle.shared.spotify.doors._PROBED_WITHIN", 60.0)
    accounts = Accounts(http, spotify_accounts.url, "app", CLIENT_SECRET)
    vault = TokenVault(kv, Sealer(KEY), accounts, at_deadline.doors)
    await vault.store(USER, REFRESH)
    await at_deadline.probed_by("another process")
    asking = asyncio.create_task(vault.access_token(USER))
    await asyncio.sleep(0.5)

    grant = Grant(SecretStr("access-of-a-login"), datetime.now(UTC) + timedelta(hours=1), REFRESH, None)
    await vault.store(USER, REFRESH, grant=grant)
    await at_deadline.probed_by(None)

    assert await asking == "access-of-a-login"
    assert spotify_accounts.calls == []
    assert (await at_deadline.door()).opened_at is None


async def test_a_door_is_not_opened_by_a_token_of_another_client_which_nobody_sends(
    kv: KeyValue, http: httpx.AsyncClient, spotify_accounts: Server, at_deadline: AtDeadline
) -> None:
    theirs = Accounts(http, spotify_accounts.url, "other", CLIENT_SECRET)
    await TokenVault(kv, Sealer(KEY), theirs).store(USER, REFRESH)
    accounts = Accounts(http, spotify_accounts.url, "app", CLIENT_SECRET)

    with pytest.raises(BadClient):
        await TokenVault(kv, Sealer(KEY), accounts, at_deadline.doors).access_token(USER)

    assert (await at_deadline.door()).opened_at is None


async def test_a_login_heals_what_an_earlier_key_has_sealed(new_vault: Callable[..., TokenVault]) -> None:
    await new_vault(key=new_key()).store(USER, REFRESH)
    with pytest.raises(BrokenSeal):
        await new_vault().access_token(USER)

    await new_vault().store(USER, REFRESH)

    assert await new_vault().access_token(USER)


async def test_a_caller_that_gives_up_does_not_cost_the_rotated_token(
    kv: KeyValue, new_vault: Callable[..., TokenVault], spotify_accounts: Server
) -> None:
    vault = new_vault()
    await vault.store(USER, REFRESH)
    spotify_accounts.rotates = True

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(vault.access_token(USER), 0.1)
    await vault.close()

    assert (await record(kv)).refresh_token.get_secret_value() == spotify_accounts.valid != REFRESH.get_secret_value()


async def test_a_swap_whose_answer_was_lost_is_known_for_our_own(kv: KeyValue, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = Entries(kv, Sealer(KEY))
    update, lost = kv.update, [nats.errors.TimeoutError()]

    async def update_without_answer(key: str, value: bytes, last: int | None = None) -> int:
        revision = await update(key, value, last)
        if lost:
            raise lost.pop()
        return revision

    mine = Record(login="1", client_id="app", refresh_token=REFRESH)
    first = await entries.swap(USER, mine, None)
    monkeypatch.setattr(kv, "update", update_without_answer)
    second = await entries.swap(USER, mine.leased("me", datetime.now(UTC)), first)

    assert first is not None
    assert second == first + 1
    assert await entries.swap(USER, mine, first) is None
    with pytest.raises(KeyWrongLastSequenceError):
        await update(USER, b"", first)


async def test_a_rotated_token_outlives_a_while_without_nats(
    new_vault: Callable[..., TokenVault], kv: KeyValue, spotify_accounts: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.rotates = True
    update, failures = kv.update, [nats.errors.TimeoutError()] * 3

    async def sometimes(key: str, value: bytes, last: int | None = None) -> int:
        if spotify_accounts.calls and failures:
            raise failures.pop()
        return await update(key, value, last)

    monkeypatch.setattr(kv, "update", sometimes)

    assert await new_vault().access_token(USER) == "access-1-" + "y" * 40
    assert failures == []
    assert (await record(kv)).refresh_token.get_secret_value() == spotify_accounts.valid != REFRESH.get_secret_value()


async def test_a_rotated_token_outlives_a_killed_nats_server(
    new_vault: Callable[..., TokenVault], kv: KeyValue, spotify_accounts: Server, nats_server: Nats
) -> None:
    await new_vault().store(USER, REFRESH)
    spotify_accounts.rotates = True
    asked, killed = threading.Event(), threading.Event()
    spotify_accounts.meanwhile = lambda _call: (asked.set(), killed.wait(10), None)[2]

    asking = asyncio.create_task(new_vault().access_token(USER))
    await asyncio.to_thread(asked.wait, 60)
    nats_server.kill()
    killed.set()
    await asyncio.sleep(1)
    assert not asking.done()
    await nats_server.start()

    assert await asking == "access-1-" + "y" * 40
    assert len(spotify_accounts.calls) == 1
    assert (await record(kv)).refresh_token.get_secret_value() == spotify_accounts.valid != REFRESH.get_secret_value()


async def test_no_secret_is_in_the_bucket_the_logs_or_any_repr(
    kv: KeyValue,
    new_vault: Callable[..., TokenVault],
    spotify_accounts: Server,
    nats_server: Nats,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    spotify_accounts.rotates = True
    vault = new_vault()
    await vault.store(USER, REFRESH, authorized_at=datetime.now(UTC))
    first = await vault.access_token(USER)
    spotify_accounts.answers = [(500, first), (400, {"error": "invalid_grant", "error_description": first})]
    errors = []
    for kind in (Unavailable, Disconnected):
        with pytest.raises(kind) as caught:
            await new_vault().access_token(USER, rejected=first)
        errors += [str(caught.value), repr(caught.value), repr(caught.value.__context__)]

    stored = await asyncio.to_thread(
        lambda: b"".join(each.read_bytes() for each in nats_server.directory.rglob("*") if each.is_file())
    )
    entry = await kv.get(USER)
    shown = [repr(vault), repr(vars(vault)), repr(await record(kv)), repr(await vault.account(USER)), *errors]
    told = "".join([*shown, caplog.text, *capfd.readouterr()])
    assert len(stored) > 100
    for token in (REFRESH.get_secret_value(), spotify_accounts.valid, first, CLIENT_SECRET.get_secret_value()):
        assert token not in told
        assert token.encode() not in stored
        assert token.encode() not in (entry.value or b"")
