"""Trials: a step that was delivered again and again runs alone, and is marked as running while it does.

Deliveries accuse nobody: what was fetched together dies together. So from the fourth on, not counting those that its
worker itself gave back, a step runs alone in its process and is marked in the bucket `trials` before it begins. Who is
given a step that is marked as running, and whose runner gives no sign of life any more, counts a death; at the third
the step is given up. Its worker may have been killed three times by somebody else: then retrying the letter is all that
is to be done.

On the server this needs no more than to read and write keys of the bucket. Steps that were not delivered so often cost
no call.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError
from pydantic import ValidationError

from spindle.shared.bus.company import Company, company
from spindle.shared.bus.errors import BusSilent, Unsettled
from spindle.shared.bus.patience import insist
from spindle.shared.messages import Value

DELIVERIES = 3
"""So often a step is tried beside others."""
DEATHS = 3
"""While it ran alone; then it is given up."""

_BUCKET = "trials"
_BEAT = 1.0  # seconds, between two signs of life of who runs a marked step
_LIFELESS = 4.0  # seconds without one; a worker that lost NATS is back and has said how it ended before
_A_MOMENT = 1.0  # seconds
_REMEMBERED = 10_000
_FORGOTTEN = 24 * 3600.0  # seconds; of a step that somebody took away meanwhile
_WRONG_LAST_SEQUENCE = 10071

Wanted = Callable[[Msg], Awaitable[bool]]
"""Whether a step is still to be done. Raises `Unsettled` when that cannot be told yet."""

GiveUp = Callable[[Msg], Awaitable[None]]
"""What is done about a step at its third death. Done again after a crash in between, it comes to the same."""


class Trial(Value):
    """How it goes with a step that is on trial."""

    sequence: int
    """Of its message."""
    deaths: int = 0
    by: str | None = None
    """Who runs it; nobody when it has ended in order and is to be tried again."""
    beats: int = 0


@dataclass
class Trials:
    js: JetStreamContext
    me: str = field(default_factory=lambda: uuid.uuid4().hex)
    company: Company = field(default_factory=company)
    _marks: "set[Mark]" = field(default_factory=set, init=False)
    _given_back: Counter[int] = field(default_factory=Counter, init=False)
    """How often we gave a step back in order, by the sequence of its message: that was nobody's death."""

    async def run(self, message: Msg, step: Callable[[], Awaitable[None]], wanted: Wanted, give_up: GiveUp) -> None:
        """Run the step, beside others or alone; or give it up. Raises `Unsettled` while somebody else runs it."""
        sequence = message.metadata.sequence.stream
        try:
            await self._run(message, step, wanted, give_up)
        except Exception:
            self._given_back[sequence] += 1
            if len(self._given_back) > _REMEMBERED:
                del self._given_back[next(iter(self._given_back))]
            raise
        self._given_back.pop(sequence, None)

    async def _run(self, message: Msg, step: Callable[[], Awaitable[None]], wanted: Wanted, give_up: GiveUp) -> None:
        if message.metadata.num_delivered - self._given_back[message.metadata.sequence.stream] <= DELIVERIES:
            async with self.company.together():
                await step()
            return
        key, sequence = _key(message.subject), message.metadata.sequence.stream
        await self._not_elsewhere(key, sequence)
        async with self.company.alone():
            if await wanted(message):  # it may have waited long for its turn
                await self._alone(message, key, step, give_up)
            await self._forget(key, sequence)

    async def end(self) -> None:
        """Before the connection goes: what is still running then is cut off, and comes again."""
        await asyncio.gather(*(mark.lift() for mark in list(self._marks)))

    async def _alone(self, message: Msg, key: str, step: Callable[[], Awaitable[None]], give_up: GiveUp) -> None:
        stands, revision = await self.read(key)
        trial = self._next(stands, message.metadata.sequence.stream)
        if trial.deaths >= DEATHS:
            await give_up(message)
            return
        async with self._marked(key, trial, revision):
            await step()

    def _next(self, stands: Trial | None, sequence: int) -> Trial:
        """Found as running, it has killed whoever ran it, unless that was this very process."""
        if stands is None or stands.sequence != sequence:
            return Trial(sequence=sequence, by=self.me)
        died = stands.by not in (None, self.me)
        return Trial(sequence=sequence, deaths=stands.deaths + died, by=self.me)

    async def _not_elsewhere(self, key: str, sequence: int) -> None:
        """Returns when nobody else runs it, or whoever did is dead."""
        first, seen = await self.read(key)
        if first is None or first.sequence != sequence or first.by in (None, self.me):
            return
        end = monotonic() + _LIFELESS
        while monotonic() < end:
            await asyncio.sleep(_BEAT / 2)
            stands, revision = await self.read(key)
            if revision == seen:
                continue
            if stands is not None and stands.by is not None:
                raise Unsettled
            return

    @asynccontextmanager
    async def _marked(self, key: str, trial: Trial, revision: int) -> AsyncIterator[None]:
        """A step that raised or was cut off by an orderly stop has ended in order: only death leaves the mark."""
        mark = Mark(self, key, trial, await self.put(key, trial, revision))
        self._marks.add(mark)
        heart = asyncio.create_task(mark.beat())
        try:
            yield
        except BaseException:
            await asyncio.shield(mark.lift())
            raise
        finally:
            heart.cancel()
            self._marks.discard(mark)

    async def put(self, key: str, trial: Trial | None, revision: int) -> int:
        """The new revision. Raises `Unsettled` when somebody else has changed it. None is soon gone by itself."""
        headers = {"Nats-Expected-Last-Subject-Sequence": str(revision)}
        body, kept = (trial.model_dump_json().encode(), _FORGOTTEN) if trial else (b"", _A_MOMENT)
        try:
            stored = await insist(
                lambda: self.js.publish(key, body, timeout=2, headers=dict(headers), msg_ttl=kept), final=_overtaken
            )
        except APIError as refusal:
            if not _overtaken(refusal):
                raise
            stands, found = await self.read(key)
            if stands == trial:
                return found  # an attempt before was stored, its answer lost
            raise Unsettled from refusal
        return stored.seq

    async def read(self, key: str) -> tuple[Trial | None, int]:
        try:
            found = await insist(lambda: self.js.get_last_msg(f"KV_{_BUCKET}", key), final=_absent)
        except NotFoundError:
            return None, 0
        try:
            return Trial.model_validate_json(found.data or b""), int(found.seq or 0)
        except ValidationError:
            return None, int(found.seq or 0)

    async def _forget(self, key: str, sequence: int) -> None:
        """It leaves nothing behind. The mark of another step stays."""
        stands, revision = await self.read(key)
        if stands is not None and stands.sequence == sequence:
            with suppress(Unsettled):
                await self.put(key, None, revision)


@dataclass(eq=False)
class Mark:
    """That a step runs here."""

    trials: Trials
    key: str
    trial: Trial
    revision: int
    _lifted: bool = False

    async def beat(self) -> None:
        while not self._lifted:
            await asyncio.sleep(_BEAT)
            following = self.trial.model_copy(update={"beats": self.trial.beats + 1})
            try:
                self.revision = await self.trials.put(self.key, following, self.revision)
            except (BusSilent, nats.errors.Error):
                continue
            except Unsettled:
                return  # it is lifted, or taken from us
            self.trial = following

    async def lift(self) -> None:
        """However long NATS is silent: a mark that stays would be taken for a death."""
        self._lifted = True
        while True:
            try:
                stands, revision = await self.trials.read(self.key)
                if stands is None or (stands.sequence, stands.by) != (self.trial.sequence, self.trial.by):
                    return
                await self.trials.put(self.key, stands.model_copy(update={"by": None}), revision)
            except BusSilent as silent:
                if isinstance(silent.__cause__, nats.errors.ConnectionClosedError):
                    return
            except Unsettled:
                continue  # a last beat
            else:
                return


def _key(subject: str) -> str:
    """`sync.<kind>.<user>.step`."""
    _, kind, user, _ = subject.split(".")
    return f"$KV.{_BUCKET}.{kind}.{user}"


def _overtaken(refusal: APIError) -> bool:
    return refusal.err_code == _WRONG_LAST_SEQUENCE


def _absent(refusal: APIError) -> bool:
    return isinstance(refusal, NotFoundError)
