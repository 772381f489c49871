"""What people do while everything fails."""

import asyncio
import json
from dataclasses import dataclass, field

import httpx
from pydantic import SecretStr

from spindle.cli.chaos.asking import Asking, tried
from spindle.cli.chaos.downloads import FORMS, Downloads
from spindle.cli.chaos.faults import Act
from spindle.cli.chaos.stage import Stage
from spindle.people import asking as questions
from spindle.people.linking import linking
from spindle.shared.ids import Kind, UserId, new_user
from spindle.shared.messages.ask import AskJobs, AskUsers, Listener, Users
from spindle.shared.messages.control import Cancel, Pause, Resume, Trigger
from spindle.shared.messages.jobs import Status

_PARTS = ("all", "poll", "initial", "archive")
NONSENSE = (b"", b"{", b"[]", json.dumps({"user": "nobody", "job": "none"}).encode())


@dataclass
class Person:
    """A listener of the simulator, and who they are to Spindle: nobody between a removal and a new login."""

    id: str
    name: str
    user: UserId | None = None
    gone: list[UserId] = field(default_factory=list)
    """Who they were before."""
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class People:
    stage: Stage
    asking: Asking
    downloads: Downloads
    everybody: list[Person]

    async def act(self, act: Act) -> None:
        """Whoever is being removed or added waits with everything else until that is done."""
        person = self.everybody[act.listener]
        if act.deed == "nonsense":
            await self._nonsense(act.choice)
            return
        async with person.busy:
            if act.deed == "remove and add again":
                await self._remove_and_add(person)
            elif person.user is not None:
                await self._act(act, person, person.user)

    async def add(self, person: Person) -> None:
        """Until they are a listener."""
        while person.user is None:
            await tried(lambda: self._add(person))

    async def listener(self, person: Person) -> Listener | None:
        found = await questions.ask(self.stage.client, AskUsers(user=person.user, limit=1), Users)
        return found.users[0] if found.users else None

    async def _act(self, act: Act, person: Person, user: UserId) -> None:
        match act.deed:
            case "pause":
                await self.asking.ask(Pause(user=user, what=_PARTS[act.choice % len(_PARTS)]))
            case "resume":
                await self.asking.ask(Resume(user=user))
            case "poll now":
                await self.asking.ask(Trigger(user=user, what=Kind.POLL, hurry=True))
            case "sync again":
                await self.asking.ask(Trigger(user=user, what=Kind.INITIAL, again=True))
            case "cancel":
                await tried(lambda: self._cancel(user))
            case "undo":
                await tried(lambda: self.downloads.undo(user))
            case _:
                form = FORMS[act.choice % len(FORMS)]
                await self.downloads.begin(person.id, user, form, dry_run=act.deed == "dry run")

    async def _nonsense(self, choice: int) -> None:
        subject = ("control.pause", "control.wish", "control.import", f"facts.plays.{new_user()}")[choice % 4]
        body = NONSENSE[choice // 4 % len(NONSENSE)]
        await tried(lambda: self.stage.js.publish(subject, body, timeout=2))

    async def _cancel(self, user: UserId) -> None:
        running = AskJobs(user=user, status=Status.RUNNING, limit=1)
        for job in await questions.jobs(self.stage.client, running):
            await self.asking.ask(Cancel(job=job.job))

    async def _remove_and_add(self, person: Person) -> None:
        if person.user is not None:
            await tried(lambda: self._remove(person), enough=float("inf"))
            person.gone.append(person.user)
            person.user = None
            self._forget(person)
        await self.add(person)

    async def _remove(self, person: Person) -> None:
        listener = await self.listener(person)
        if listener is not None:
            async with linking(self.stage.client, self.stage.settings) as links:
                await links.remove(listener)

    def _forget(self, person: Person) -> None:
        """What the API showed to whom they were is nobody's."""
        if (listener := self.stage.simulation.listeners.get(person.id)) is not None:
            listener.answered.clear()

    async def _add(self, person: Person) -> None:
        token = self.stage.simulation.authority.link(person.id)
        async with linking(self.stage.client, self.stage.settings) as links:
            person.user = (await links.add(person.name, SecretStr(token))).user


def people(stage: Stage, http: httpx.AsyncClient) -> People:
    """Everybody whom the simulator knows; nobody is a listener yet."""
    asking = Asking(stage.client)
    everybody = [Person(one.id, one.name) for one in stage.simulation.listeners]
    return People(stage, asking, Downloads(stage, http, asking), everybody)
