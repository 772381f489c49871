"""Turns to call Spotify: one budget for all processes of a client id, and polls first.

The book of the budget lies in the bucket `pace`; a turn is taken by a compare-and-swap. A poll may take turns up to
half a second ahead, a sync only one that is all but free: so while polls wait, the book is ahead and no sync gets one.
Within a process the most urgent goes first, and of those the one that must go first.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import partial

from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from spindle.shared.bus.patience import insist
from spindle.shared.ids import now
from spindle.shared.metrics.declared import TURN_SECONDS
from spindle.shared.spotify.budget import LATE, Book, reserved
from spindle.shared.spotify.door import plain
from spindle.shared.spotify.doors import BUCKET
from spindle.shared.spotify.errors import Held

PATIENCE = timedelta(seconds=20)
"""A step that waits longer for its turn gives way and comes again (design §3: never sleep for long)."""

AGAIN_AFTER = timedelta(seconds=30)

_WHY = "the budget of calls is spent on others just now"
_STILL_GOOD = LATE.total_seconds() / 2  # the other half is for the way to Spotify


class Urgency(IntEnum):
    PERSON = 0
    """Somebody sits and waits."""
    POLL = 1
    SYNC = 2


_AHEAD = {Urgency.PERSON: 1.0, Urgency.POLL: 0.5, Urgency.SYNC: 0.1}
"""Seconds. A process that is killed takes the turns along that it had taken: so they are few."""


@dataclass(order=True)
class _Waiter:
    urgency: Urgency
    by: datetime
    number: int
    turn: asyncio.Future[float] = field(compare=False)


class Pace:
    """Share one per process."""

    def __init__(self, kv: KeyValue, client: str, calls: int, *, clock: Callable[[], float] = time.time) -> None:
        """`calls` in 30 seconds."""
        self._kv = kv
        self._key = _key(client)
        self._calls = calls
        self._clock = clock
        self._waiting: list[_Waiter] = []
        self._numbers = itertools.count()
        self._more = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._book: tuple[Book, int] | None = None

    async def turn(self, urgency: Urgency, by: datetime, patience: timedelta | None = None) -> float:
        """Returns when it has come, with its time. Raises `Held` when it does not come within `patience`,
        or else `PATIENCE`."""
        waiter = _Waiter(urgency, by, next(self._numbers), asyncio.get_running_loop().create_future())
        heapq.heappush(self._waiting, waiter)
        self._more.set()
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        try:
            with TURN_SECONDS.labels(urgency.name.lower()).time():
                async with asyncio.timeout((patience or PATIENCE).total_seconds()):
                    return await waiter.turn
        except TimeoutError:
            raise Held(now() + AGAIN_AFTER, _WHY, budget=True) from None

    async def spent(self) -> Book:
        """As all processes know it."""
        return (await self._read())[0]

    def good(self, turn: float) -> bool:
        """Whether a call may still be made on it."""
        return self._clock() - turn <= _STILL_GOOD

    async def close(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)

    async def _serve(self) -> None:
        """As long as somebody waits."""
        try:
            while (first := self._first()) is not None:
                self._more.clear()
                turns = await insist(partial(self._reserve, first.urgency))
                if not turns:
                    await self._until_free(_AHEAD[first.urgency])
                for turn in turns:
                    await asyncio.sleep(max(0.0, turn - self._clock()))
                    self._give(turn)
        except Exception as error:
            for waiter in self._waiting:
                if not waiter.turn.done():
                    waiter.turn.set_exception(error)
            self._waiting.clear()

    def _first(self) -> _Waiter | None:
        """Those who have left are forgotten."""
        while self._waiting and self._waiting[0].turn.done():
            heapq.heappop(self._waiting)
        return self._waiting[0] if self._waiting else None

    def _give(self, turn: float) -> None:
        """To whoever is most urgent by now; when all have left meanwhile, it lapses."""
        if (waiter := self._first()) is not None:
            heapq.heappop(self._waiting)
            waiter.turn.set_result(turn)

    async def _reserve(self, urgency: Urgency) -> list[float]:
        wanted = sum(waiter.urgency <= urgency and not waiter.turn.done() for waiter in self._waiting)
        while True:
            book, revision = self._book or await self._read()
            changed, turns = reserved(book, wanted, self._calls, self._clock(), _AHEAD[urgency])
            if not turns and self._book is None:
                self._book = book, revision
                return []
            if turns and (revision := await self._swap(changed, revision)):
                self._book = changed, revision
                return turns
            self._book = None  # others have taken turns meanwhile

    async def _until_free(self, ahead: float) -> None:
        """Until the next turn may be taken, or somebody comes who may take one earlier."""
        book, self._book = self._book, None
        pause = book[0].next_at - ahead - self._clock() if book else 0.0
        try:
            await asyncio.wait_for(self._more.wait(), min(max(pause, 0.005), PATIENCE.total_seconds()))
        except TimeoutError:
            return

    async def _swap(self, book: Book, revision: int) -> int:
        """The new revision; 0 when somebody else was faster."""
        body = book.model_dump_json().encode()
        try:
            if revision:
                return await self._kv.update(self._key, body, last=revision)
            return await self._kv.create(self._key, body)
        except KeyWrongLastSequenceError:
            return 0

    async def _read(self) -> tuple[Book, int]:
        return await _book(self._kv, self._key)


async def spent(js: JetStreamContext, client: str) -> Book:
    """For those who look."""
    try:
        return (await _book(await js.key_value(BUCKET), _key(client)))[0]
    except NotFoundError:
        return Book()


def _key(client: str) -> str:
    return f"budget.{plain(client)}"


async def _book(kv: KeyValue, key: str) -> tuple[Book, int]:
    try:
        entry = await kv.get(key)
    except KeyNotFoundError:
        return Book(), 0
    try:
        return Book.model_validate_json(entry.value or b""), int(entry.revision or 0)
    except ValidationError:
        return Book(next_at=datetime.now(UTC).timestamp()), int(entry.revision or 0)
