"""Sealed records in the `tokens` bucket: read one, swap one for its successor, through NATS trouble of a while."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import nats.errors
import structlog
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from spindle.shared.ids import UserId
from spindle.shared.spotify.records import Record
from spindle.shared.spotify.seal import Sealer

PATIENCE = timedelta(seconds=10)
"""With NATS, when nothing is lost by giving up: the caller's message comes again."""

_PAUSE = 0.2
_FOR_GOOD = (nats.errors.ConnectionClosedError, nats.errors.ConnectionDrainingError, nats.errors.MaxPayloadError)

log = structlog.get_logger(__name__)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Entry:
    record: Record
    revision: int


class Entries:
    """One key per listener, the user id. The keys are never listed (design §2)."""

    def __init__(self, kv: KeyValue, sealer: Sealer) -> None:
        self._kv = kv
        self._sealer = sealer

    async def read(self, user: UserId, patience: timedelta = PATIENCE) -> Entry | None:
        """Raises `BrokenSeal`. A replica may answer with an older revision: only a swap proves which is the last."""
        found = await _patiently(lambda: self._get(user), patience)
        if found is None or found.revision is None:
            return None
        return Entry(Record.model_validate_json(self._sealer.open(found.value or b"", user)), found.revision)

    async def revision(self, user: UserId) -> int | None:
        """Without opening it: a login must also heal what an earlier key has sealed."""
        found = await _patiently(lambda: self._get(user), PATIENCE)
        return found.revision if found else None

    async def swap(self, user: UserId, record: Record, last: int | None, patience: timedelta = PATIENCE) -> int | None:
        """The new revision, or None when `last` is not the last one. `last` None: there must be no entry."""
        return await self._put(user, self._sealer.seal(record.encoded(), user), last, patience)

    async def seal_anew(self, user: UserId, sealed: bytes, revision: int) -> bool:
        """With the key that seals now; whether it is stored: not when it is the last one no more.

        Raises `BrokenSeal`. What is sealed is not read: it may be a newer Spindle's.
        """
        again = self._sealer.seal(self._sealer.open(sealed, user), user)
        return await self._put(user, again, revision, PATIENCE) is not None

    async def remove(self, user: UserId) -> None:
        async def purge() -> None:
            await self._kv.purge(user)

        await _patiently(purge, PATIENCE)

    async def _put(self, user: UserId, sealed: bytes, last: int | None, patience: timedelta) -> int | None:
        async def put() -> int | None:
            try:
                if last is None:
                    return await self._kv.create(user, sealed)
                return await self._kv.update(user, sealed, last=last)
            except KeyWrongLastSequenceError:
                # An attempt before may have been stored though its answer was lost: no two seals are ever equal.
                found = await self._get(user)
                return found.revision if found and found.value == sealed else None

        return await _patiently(put, patience)

    async def _get(self, user: UserId) -> KeyValue.Entry | None:
        try:
            return await self._kv.get(user)
        except KeyNotFoundError:
            return None


async def _patiently(ask: Callable[[], Awaitable[R]], patience: timedelta) -> R:
    time = asyncio.get_running_loop().time
    give_up, told = time() + patience.total_seconds(), False
    while True:
        try:
            return await ask()
        except _FOR_GOOD:
            raise
        except nats.errors.Error as error:
            if time() >= give_up:
                raise
            if not told:
                log.warning("The tokens bucket does not answer; trying again.", error=type(error).__name__)
            told = True
            await asyncio.sleep(_PAUSE)
