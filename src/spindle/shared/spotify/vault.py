"""Every listener's tokens: one renewal per expiry for all processes, and no rotated token is ever used unstored.

Whoever needs an access token reads the record. When it must be renewed, a compare-and-swap puts a lease into it: one
wins and asks Spotify, the others look again until the record has changed. The winner stores what it got before anybody
uses it. Everything written afterwards is a compare-and-swap too, which counts only while the record still holds the
refresh token that was sent; otherwise a login or another renewal was faster, and its tokens are the ones to use.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import nats.errors
from nats.js.kv import KeyValue
from pydantic import SecretStr

from spindle.shared.ids import UserId, now
from spindle.shared.metrics.declared import API_HELD, RENEWALS
from spindle.shared.spotify.accounts import Accounts, Grant
from spindle.shared.spotify.door import Family
from spindle.shared.spotify.doors import Doors
from spindle.shared.spotify.entries import Entries, Entry
from spindle.shared.spotify.errors import (
    BadClient,
    Disconnected,
    Held,
    Malformed,
    SpotifyError,
    Unavailable,
    Unreachable,
)
from spindle.shared.spotify.records import LEASE, Lost, Move, Record, move, same_renewal, same_token
from spindle.shared.spotify.seal import Sealer
from spindle.shared.spotify.transport import TOTAL

LAST_ANSWER = TOTAL + timedelta(seconds=2)
"""For renewals under way when a service stops: as long as their answer can take, and a moment to store it."""

KEEP = timedelta(minutes=10)
"""How long a renewal goes on trying to store what it got: a rotated token that is lost costs the listener a login."""

WAIT = LEASE + TOTAL + timedelta(seconds=10)
"""How long a caller waits: for a dead holder's lease to run out, then for a renewal of its own."""

_UNANSWERED = (Unreachable, Unavailable, Malformed)
"""After these nobody knows whether Spotify has renewed."""

_FIRST_LOOK, _LAST_LOOK = 0.05, 0.5


@dataclass(frozen=True, slots=True)
class Account:
    """What may be told about a listener's tokens."""

    client_id: str
    scope: str | None
    authorized_at: datetime | None
    disconnected_since: datetime | None
    disconnected_reason: str | None


class TokenVault:
    """Share one per process. Errors of NATS that outlast some patience come out as they are."""

    def __init__(
        self,
        kv: KeyValue,
        sealer: Sealer,
        accounts: Accounts,
        doors: Doors | None = None,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Without `doors` nobody minds a 429 of the accounts service."""
        self._entries = Entries(kv, sealer)
        self._accounts = accounts
        self._doors = doors
        self._clock = clock
        self._running: dict[tuple[UserId, SecretStr | None], asyncio.Task[SecretStr]] = {}

    async def store(
        self,
        user: UserId,
        refresh_token: SecretStr,
        *,
        grant: Grant | None = None,
        authorized_at: datetime | None = None,
    ) -> None:
        """After a login, or from a refresh token at hand. Replaces what was there; heals a disconnected listener."""
        bare = Record(
            login=uuid.uuid4().hex,
            client_id=self._accounts.client_id,
            refresh_token=refresh_token,
            authorized_at=authorized_at,
        )
        record = bare.renewed(grant, self._clock()) if grant else bare
        last = await self._entries.revision(user)
        while await self._entries.swap(user, record, last) is None:
            await asyncio.sleep(_FIRST_LOOK)
            entry = await self._entries.read(user)
            if entry and entry.record.login == record.login:
                return  # it was stored, its answer was lost, and somebody has renewed it since
            last = entry.revision if entry else None

    async def access_token(self, user: UserId, *, rejected: str | None = None) -> str:
        """One that Spotify should accept; `rejected` is the one that it has just refused with 401.

        Raises `Disconnected`, also for a listener without tokens, and the other errors of a refresh. Callers in this
        process share one wait; a caller that is cancelled does not cancel the renewal.
        """
        key = (user, SecretStr(rejected) if rejected else None)
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._obtain(*key))
            task.add_done_callback(lambda done: self._ended(key, done))
        await asyncio.wait({task}, timeout=WAIT.total_seconds())
        if not task.done():
            raise Unreachable("The access token could not be renewed in time.")
        return task.result().get_secret_value()

    async def account(self, user: UserId) -> Account | None:
        entry = await self._entries.read(user)
        if entry is None:
            return None
        record = entry.record
        return Account(
            record.client_id,
            record.scope,
            record.authorized_at,
            record.disconnected_since,
            record.disconnected_reason,
        )

    async def forget(self, user: UserId) -> None:
        """For a listener who is removed: nothing of the tokens stays in the bucket."""
        await self._entries.remove(user)

    async def close(self, patience: timedelta = LAST_ANSWER) -> None:
        """Lets renewals end: one that is cut off between answer and store can cost a login. Before NATS is closed."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=patience.total_seconds())

    async def _obtain(self, user: UserId, rejected: SecretStr | None) -> SecretStr:
        me, turn = uuid.uuid4().hex, _Turn()
        while True:
            entry = await self._entries.read(user)
            if entry is None:
                raise Disconnected("no Spotify account is linked")
            match move(entry.record, rejected, me, self._clock()):
                case Move.STOP:
                    raise Disconnected(
                        entry.record.disconnected_reason or "invalid_grant", entry.record.disconnected_since
                    )
                case Move.USE if entry.record.access_token:
                    return entry.record.access_token
                case Move.WAIT if not turn.overdue(entry.revision):
                    await turn.wait()
                case _:
                    if token := await self._take_turn(user, entry, me):
                        return token

    async def _take_turn(self, user: UserId, entry: Entry, me: str) -> SecretStr | None:
        """The renewed token; None when somebody else was faster, with the lease or with the tokens.

        The door comes before the lease: whoever holds the lease must not wait.
        """
        if entry.record.client_id != self._accounts.client_id:
            raise BadClient("This listener logged in with another client id: set it again, or let them log in anew.")
        try:
            async with self._doors.passing(Family.TOKENS) if self._doors else contextlib.nullcontext():
                return await self._renew(user, await self._leased(user, entry, me))
        except _Overtaken:
            await asyncio.sleep(_FIRST_LOOK)
            return None
        except Held:
            API_HELD.labels(Family.TOKENS, "door").inc()
            raise

    async def _leased(self, user: UserId, entry: Entry, me: str) -> Entry:
        record = entry.record.leased(me, self._clock())
        revision = await self._entries.swap(user, record, entry.revision)
        if revision is None:
            raise _Overtaken
        return Entry(record, revision)

    async def _renew(self, user: UserId, mine: Entry) -> SecretStr | None:
        try:
            grant = await self._accounts.refresh(mine.record.refresh_token)
        except Disconnected as error:
            reason = mine.record.blamed(error.reason, self._clock())
            if await self._change(user, mine, lambda record: record.disconnected(reason, self._clock()), same_renewal):
                RENEWALS.labels("disconnected").inc()
                raise Disconnected(reason) from error
            RENEWALS.labels("superseded").inc()
            return None  # the token that was refused is no longer the listener's
        except SpotifyError as error:
            RENEWALS.labels("failed").inc()
            lost = Lost.NO_ANSWER if isinstance(error, _UNANSWERED) else None
            with contextlib.suppress(nats.errors.Error):  # else the lease runs out by itself
                await self._entries.swap(user, mine.record.released(lost), mine.revision)
            raise
        stored = await self._change(user, mine, lambda record: record.renewed(grant, self._clock()), same_token)
        RENEWALS.labels("renewed" if stored else "superseded").inc()
        return grant.access_token if stored else None

    async def _change(
        self, user: UserId, mine: Entry, change: Callable[[Record], Record], counts: Callable[[Record, Record], bool]
    ) -> bool:
        """Whether it is stored: not when it no longer `counts` for what others have made of our record, or removed."""
        entry = mine
        while True:
            if await self._entries.swap(user, change(entry.record), entry.revision, KEEP) is not None:
                return True
            await asyncio.sleep(_FIRST_LOOK)
            latest = await self._entries.read(user, KEEP)
            if latest is None or not counts(mine.record, latest.record):
                return False
            entry = latest

    def _ended(self, key: tuple[UserId, SecretStr | None], task: asyncio.Task[SecretStr]) -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()  # every caller may have left: asyncio would complain that nobody looked


class _Overtaken(Held):
    """Somebody else has the lease. Spotify was not asked, so this says nothing of its door."""

    def __init__(self) -> None:
        super().__init__(now(), "another process renews the token")


class _Turn:
    """Waiting for another process to renew. Its clock may be wrong; what this process sees for itself is not."""

    def __init__(self) -> None:
        self._time = asyncio.get_running_loop().time
        self._revision = 0
        self._since = self._time()
        self._pause = _FIRST_LOOK

    def overdue(self, revision: int) -> bool:
        """Whether the same lease has stood for longer than any holder may take."""
        if revision != self._revision:
            self._revision, self._since = revision, self._time()
        return self._time() - self._since > LEASE.total_seconds()

    async def wait(self) -> None:
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 1.5, _LAST_LOOK)
