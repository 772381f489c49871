"""What happens to a few listeners: the same things in the same order, however many there are to do them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from spindle.shared.bus.publish import publish
from spindle.shared.bus.uploads import PIECE, Manifest, UploadedFile, Uploads
from spindle.shared.ids import JobId, Kind, UserId, now
from spindle.shared.messages.control import Cancel, Control, ControlAnswered, Import, Pause, Resume, Trigger, Undo
from spindle.shared.messages.users import AccountLinked, AccountRemoved

from .crowd import Crowd, Person

REFUSED, IMPORTING, PAUSED, LEAVING = slice(0, 2), slice(2, 5), slice(5, 8), slice(8, 10)
UNDOING, CANCELLING = slice(2, 3), slice(10, 12)
HISTORY = "/v1/me/player/recently-played"
AWAY, NIGHT = timedelta(hours=2), timedelta(hours=12)

ENDED = "SELECT count(*) FROM jobs WHERE kind = $1 AND finished_at IS NOT NULL AND user_id = ANY($2::uuid[])"
KNOWN = "SELECT count(*) FROM users WHERE removed_at IS NULL AND user_id = ANY($1::uuid[])"
FAILED = "SELECT count(*) FROM jobs WHERE kind = 'initial' AND waiting_until IS NOT NULL AND user_id = ANY($1::uuid[])"
RUNNING = "SELECT count(*) FROM jobs WHERE finished_at IS NULL"
LAST = "SELECT job FROM jobs WHERE kind = $1 AND user_id = $2 ORDER BY started_at DESC, job DESC LIMIT 1"


@dataclass
class Evening:
    at: Crowd
    people: list[Person]
    users: list[UserId]
    """In the order of `people`; whoever is added again has another id than before."""
    gone: list[UserId] = field(default_factory=list)

    async def pass_by(self) -> None:
        await self._arrive()
        await asyncio.gather(self._import(), self._pause(), self._give_up(), self._leave())
        await self._come_back()
        await self._synced(self.users[REFUSED.stop : PAUSED.start] + self.users[PAUSED.stop :])
        await asyncio.gather(*(self._ask(Resume(user=user)) for user in self.users[PAUSED]))
        await self._synced(self.users[PAUSED])
        await self._go_on(AWAY)
        await self._undo()
        await self._go_on(NIGHT)
        await self.at.until("nothing is left to do", self._calm)

    async def _arrive(self) -> None:
        for person in self.people[REFUSED]:
            await self.at.simulator("faults", kind="server", listener=person["id"], path=HISTORY, times=None)
        await self._link(range(len(self.people)))

    async def _link(self, numbers: Sequence[int]) -> None:
        users = [self.users[number] for number in numbers]
        for number, user in zip(numbers, users, strict=True):
            person = self.people[number]
            await self.at.link(user, person)
            name, account = person["display_name"], person["account_id"]
            await publish(self.at.js, AccountLinked(user=user, name=name, account=account, linked_at=now()))
        await self.at.until("they are known", lambda: self._counted(len(users), KNOWN, users))

    async def _import(self) -> None:
        """While they are synced and polled."""
        for person, user in zip(self.people[IMPORTING], self.users[IMPORTING], strict=True):
            await self._hand_over(person, user, 0)

    async def _hand_over(self, person: Person, user: UserId, number: int) -> JobId:
        job = f"{Kind.ARCHIVE}.{user}.{number:031}7"
        uploads, export = await Uploads.on(self.at.js), await self.at.export(person)
        for piece in range(-(-len(export) // PIECE)):
            await uploads.put_piece(job, 0, piece, export[piece * PIECE : (piece + 1) * PIECE])
        await uploads.put_manifest(job, Manifest(files=(UploadedFile(name="export.zip", size=len(export)),)))
        await self._ask(Import(user=user, upload=job.rpartition(".")[2]))
        return job

    async def _pause(self) -> None:
        for user in self.users[PAUSED]:
            for command in (Pause, Resume, Pause, Pause):
                await self._ask(command(user=user))
            await self._ask(Trigger(user=user, what="poll"))

    async def _give_up(self) -> None:
        """Spotify fails for them, and their syncs are cancelled; so are the imports of some others."""
        users = self.users[REFUSED]
        await self.at.until("their syncs wait", lambda: self._counted(len(users), FAILED, users))
        for user in users:
            await self._ask(Cancel(job=await self._last(Kind.INITIAL, user)))
        await self.at.http.delete(f"{self.at.spotify}/control/faults")
        for user in users:  # that they are polled before time passes, however long all this has taken
            await self._ask(Trigger(user=user, what="poll", hurry=True))
        await self.at.until("they are polled after all", lambda: self._waiting(users))
        for person, user in zip(self.people[CANCELLING], self.users[CANCELLING], strict=True):
            job = await self._hand_over(person, user, 0)
            if not (await self._ask(Cancel(job=job))).done:
                await self._ask(Undo(job=job))

    async def _leave(self) -> None:
        """In the middle of whatever is done for them."""
        self.gone = self.users[LEAVING]
        for user in self.gone:
            await self.at.vault.forget(user)
            await publish(self.at.js, AccountRemoved(user=user, removed_at=now()))
        await self.at.until("they are gone", lambda: self._counted(0, KNOWN, self.gone))

    async def _come_back(self) -> None:
        self.users[LEAVING] = [f"{user[:-4]}beef" for user in self.gone]
        self.users[LEAVING] = [f"{user[:-1]}{number:x}" for number, user in enumerate(self.users[LEAVING])]
        await self._link(range(LEAVING.start, LEAVING.stop))

    async def _synced(self, users: Sequence[UserId]) -> None:
        await self.at.until("they are synced", lambda: self._counted(len(users), ENDED, Kind.INITIAL, users))

    async def _undo(self) -> None:
        users = self.users[IMPORTING]
        await self.at.until("they are imported", lambda: self._counted(len(users), ENDED, Kind.ARCHIVE, users))
        for person, user in zip(self.people[UNDOING], self.users[UNDOING], strict=True):
            await self._ask(Undo(job=await self._last(Kind.ARCHIVE, user)))
            await self._hand_over(person, user, 1)

    async def _go_on(self, time: timedelta) -> None:
        """Time passes for everybody, and then everybody is polled."""
        users = self.users
        await self.at.until("their polls wait", lambda: self._waiting(users))
        await self.at.simulator("clock", advance_seconds=time.total_seconds())
        jobs = [await self._last(Kind.POLL, user) for user in users]
        for user in users:
            await self._ask(Trigger(user=user, what="poll", hurry=True))
        await self.at.until("they are polled", lambda: self._polled(users, jobs))

    async def _polled(self, users: Sequence[UserId], before: Sequence[JobId | None]) -> bool:
        found = [await self._last(Kind.POLL, user) for user in users]
        return all(job != old for job, old in zip(found, before, strict=True)) and await self._waiting(users)

    async def _waiting(self, users: Sequence[UserId]) -> bool:
        held = (await self.at.js.stream_info("commands", subjects_filter="sync.poll.>")).state.subjects or {}
        ended = f"{ENDED} AND job = (SELECT max(job) FROM jobs j WHERE j.user_id = jobs.user_id AND j.kind = jobs.kind)"
        return {f"sync.poll.{user}.later" for user in users} <= held.keys() and await self._counted(
            len(users), ended, Kind.POLL, users
        )

    async def _calm(self) -> bool:
        facts = (await self.at.js.stream_info("facts")).state.messages
        return not facts and await self._counted(0, RUNNING)

    async def _counted(self, count: int, query: str, *values: object) -> bool:
        return await self.at.rows(query, *values) == [(count,)]

    async def _last(self, kind: Kind, user: UserId) -> JobId:
        found = await self.at.rows(LAST, kind, user)
        return str(found[0][0]) if found else ""

    async def _ask(self, command: Control) -> ControlAnswered:
        return await self.at.ask(command)
