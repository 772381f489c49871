"""From the last fault to a state in which nothing moves any more: who is there, what has ended, what should be."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

import nats.errors

from spindle.cli.chaos.books import step_of
from spindle.cli.chaos.people import NONSENSE, People, Person
from spindle.cli.chaos.stage import Stage
from spindle.people import asking
from spindle.people.errors import Problem
from spindle.people.stored import stored
from spindle.shared.bus.errors import BusError
from spindle.shared.ids import Kind, now
from spindle.shared.messages.ask import AskJobs
from spindle.shared.messages.control import Drop, Pause, Resume, Retry, Trigger
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.jobs import Status

PATIENCE = 240.0
"""Seconds for everything to come to its end; what has not is stuck."""

_LOOK_AGAIN_AFTER = 0.5
_TWICE = "the account belongs to another listener"
_SILENT = (Problem, BusError, nats.errors.Error, TimeoutError)


@dataclass
class Quiet:
    stage: Stage
    people: People
    tell: Callable[[str], None]
    late: list[str] = field(default_factory=list)
    """What has not come to its end, or not in time."""
    letters: int = 0
    """Dead ones, put in again."""

    async def come(self) -> None:
        """Everybody is a listener, connected and not paused; all jobs have ended; the newest plays have been polled;
        then everybody is paused, and nothing is on its way."""
        self.tell("Waiting until everybody is back …")
        self.stage.simulation.authority.expire_access(None)  # or whose login was revoked would find out only later
        await asyncio.gather(*(self._back(person) for person in self.people.everybody))
        self.tell("Waiting for the jobs to end …")
        await self._until("jobs have not ended", self._jobs_ended)
        await self.people.downloads.tidy()
        if await self._retried():
            await self._until("jobs that were retried have not ended", self._jobs_ended)
        self.stage.simulation.clock.run(0)
        self.tell("Waiting for everybody's last poll …")
        await asyncio.gather(*(self._polled(person) for person in self.people.everybody))
        self.tell("Waiting until nothing is on its way …")
        await asyncio.gather(*(self.people.asking.ask(Pause(user=one.user or "")) for one in self.people.everybody))
        await self._until("steps are not parked", self._parked)
        await self._until("facts are not recorded", self._recorded)

    async def breathe(self, within: float) -> None:
        """Until everybody has been polled who is connected, not paused, and whose last poll did not fail."""
        await self._polled_since(now(), self.people.everybody, within, but_for_failing=True)

    async def _back(self, person: Person) -> None:
        """A poll finds out whether their login was revoked."""
        await self.people.add(person)
        await self.people.asking.ask(Resume(user=person.user or ""), PATIENCE)
        await self._poll(person)
        await self._until(f"{person.name} is not connected", lambda: self._connected(person))
        await self._until(f"{person.name} has no initial sync", lambda: self._synced(person))

    async def _synced(self, person: Person) -> bool:
        """Whoever cancelled theirs wants it now: what a page showed that was cancelled with it is shown again."""
        found = await self.people.listener(person)
        if found is None:
            return False
        if found.initial_sync.status in (Status.RUNNING, Status.SUCCESS) or found.initial_sync.completed_at:
            return True
        await self.people.asking.ask(Trigger(user=found.user, what=Kind.INITIAL))
        return False

    async def _connected(self, person: Person) -> bool:
        """Whoever was disconnected logs in again."""
        found = await self.people.listener(person)
        if found is not None and found.disconnected_at is None:
            return True
        person.user = None
        await self.people.add(person)
        return False

    async def _retried(self) -> int:
        """Every dead letter is put in again: what killed its worker is gone. Our own nonsense is dropped, a poll that
        others have followed, and the login of somebody who logged in twice because nobody had answered; whatever else
        cannot be retried is wrong."""
        found = [(int(each.seq or 0), Dead.decoded(each.data or b"")) async for each in stored(self.stage.js, "dead")]
        for number, letter in found:
            if letter.body.encode() not in NONSENSE and letter.why != _TWICE:
                answer = await self.people.asking.ask(Retry(letter=number), PATIENCE)
                if answer is not None and answer.done:
                    self.letters += 1
                    continue
                if letter.consumer != "poll_worker-poll":
                    self.late.append(f"a dead letter of {letter.was_on} was not retried: {answer and answer.why}")
            await self.people.asking.ask(Drop(letter=number), PATIENCE)
        return self.letters

    async def _jobs_ended(self) -> bool:
        for kind in (Kind.INITIAL, Kind.ARCHIVE):
            if await asking.jobs(self.stage.client, AskJobs(kind=kind, status=Status.RUNNING, limit=1)):
                return False
            for person in self.people.everybody:
                if await step_of(self.stage.js, kind, person.user or "") is not None:
                    return False
        return await self._recorded()

    async def _polled(self, person: Person) -> None:
        """Twice: what the first one found may have been asked for before the clock stood still."""
        for _ in range(2):
            if not await self._poll(person):
                self.late.append(f"{person.name} was not polled")

    async def _poll(self, person: Person) -> bool:
        since = now()
        await self.people.asking.ask(Trigger(user=person.user or "", what=Kind.POLL, hurry=True), PATIENCE)
        return await self._polled_since(since, [person], PATIENCE / 2)

    async def _polled_since(
        self, since: datetime, everybody: Collection[Person], within: float, but_for_failing: bool = False
    ) -> bool:
        give_up = monotonic() + within
        waiting = list(everybody)
        while waiting and monotonic() < give_up:
            await asyncio.sleep(_LOOK_AGAIN_AFTER)
            try:
                waiting = [one for one in waiting if not await self._is_polled(one, since, but_for_failing)]
            except _SILENT:
                continue
        return not waiting

    async def _is_polled(self, person: Person, since: datetime, but_for_failing: bool) -> bool:
        found = await self.people.listener(person)
        if found is None or found.disconnected_at or {"all", "poll"}.intersection(found.paused):
            return True
        if found.poll_error is not None:
            return but_for_failing
        return found.last_poll_at is not None and found.last_poll_at >= since

    async def _parked(self) -> bool:
        for person in self.people.everybody:
            letter = await step_of(self.stage.js, Kind.POLL, person.user or "")
            if letter is None or not letter.parked:
                return False
        return True

    async def _recorded(self) -> bool:
        found = await self.stage.js.stream_info("facts")
        return found.state.messages == 0

    async def _until(self, otherwise: str, look: Callable[[], Awaitable[bool]]) -> None:
        give_up = monotonic() + PATIENCE
        while monotonic() < give_up:
            try:
                if await look():
                    return
            except _SILENT:
                pass
            await asyncio.sleep(_LOOK_AGAIN_AFTER)
        self.late.append(otherwise)
