"""The whole of Spindle on real servers, against the simulator or any other server, steered from a test."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

import httpx
from faststream import FastStream
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.js import JetStreamContext
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from starlette.types import ASGIApp
from structlog.contextvars import bound_contextvars

from spindle.gateway import service as gateway
from spindle.gateway.settings import Settings as GatewaySettings
from spindle.poll_worker import service as poll_worker
from spindle.poll_worker.settings import Settings as PollSettings
from spindle.recorder import service as recorder
from spindle.recorder.settings import Settings as RecorderSettings
from spindle.scheduler import service as scheduler
from spindle.scheduler.settings import Settings as SchedulerSettings
from spindle.shared.bus.letters import Letter
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.publish import publish
from spindle.shared.desk import DeskSettings, desk
from spindle.shared.ids import Kind, UserId, new_user, now
from spindle.shared.messages import Message, Value
from spindle.shared.messages.ask import (
    AskGaps,
    AskJobs,
    AskPlays,
    AskUsers,
    Gaps,
    JobRow,
    Jobs,
    Listener,
    PlayRow,
    Plays,
    Users,
)
from spindle.shared.messages.control import Control, ControlAnswered, Trigger
from spindle.shared.messages.users import AccountLinked
from spindle.shared.spotify.door import Door, Family, shut
from spindle.shared.spotify.doors import standing
from spindle.sync_worker import service as sync_worker
from spindle.sync_worker.settings import Settings as SyncSettings

AnswerT = TypeVar("AnswerT", bound=Value)
FoundT = TypeVar("FoundT")

ALL = ("recorder", "scheduler", "poll_worker", "sync_worker")


@dataclass
class Stack:
    """`spotify` is the address of a server that speaks Spotify's API; `common` is what workers are told."""

    nats_url: str
    database_url: str
    spotify: str
    key: SecretStr
    client: Client
    http: httpx.AsyncClient
    running: list[FastStream] = field(default_factory=list)
    own_users: bool = False
    """Whether each service is a user of NATS of its own."""
    budget: int = 100_000
    """Of calls in 30 seconds: none is waited for, unless a test is about that."""

    @property
    def js(self) -> JetStreamContext:
        return self.client.jetstream()

    @property
    def mailboxes(self) -> Mailboxes:
        return Mailboxes(self.js)

    @property
    def common(self) -> dict[str, Any]:
        return {
            "nats_url": self.nats_url,
            "spotify_api_url": f"{self.spotify}/v1",
            "spotify_accounts_url": self.spotify,
            "spotify_client_id": "test",
            "spotify_budget": self.budget,
            "secret_key": self.key,
        }

    @property
    def environment(self) -> dict[str, str]:
        """The same for a process."""
        told = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in self.common.items()
        }
        return {f"SPINDLE_{name.upper()}": value for name, value in told.items()}

    async def start(self, *services: str, **told: Any) -> None:
        """Start services in this process. Polls are an hour apart unless told otherwise: a test triggers its own."""
        for name in services or ALL:
            app = self._build(name, {"poll_interval_seconds": 3600, "reconcile_seconds": 3600} | told)
            with bound_contextvars(service=name):
                await app.start()
            self.running.append(app)
            await (await cast("NatsBroker", app.broker).connect()).flush(60)  # NATS knows by now what it listens to

    async def stop(self) -> None:
        """All at once: each of them waits a moment for what it has asked for."""
        stopping, self.running = self.running, []
        await asyncio.gather(*(app.stop() for app in stopping))

    def _build(self, name: str, told: dict[str, Any]) -> FastStream:
        bus = {"nats_url": self.nats_url.replace("//spindle:", f"//{name}:") if self.own_users else self.nats_url}
        common = self.common | bus
        match name:
            case "gateway":
                return gateway.build(GatewaySettings(**common, **_for(GatewaySettings, told)))
            case "recorder":
                return recorder.build(RecorderSettings(**bus, database_url=SecretStr(self.database_url)))
            case "scheduler":
                return scheduler.build(SchedulerSettings(**bus, **_for(SchedulerSettings, told)))
            case "poll_worker":
                return poll_worker.build(PollSettings(**common, **_for(PollSettings, told)))
            case _:
                return sync_worker.build(SyncSettings(**common, **_for(SyncSettings, told)))

    async def link(self, name: str, refresh_token: str, known: UserId | None = None) -> UserId:
        """A listener whose account is known and linked, as the database says; or one who is `known`, again."""
        user = known or new_user()
        at = await desk(DeskSettings(**self.common), self.js, self.http)
        await at.vault.store(user, SecretStr(refresh_token))
        await publish(self.js, AccountLinked(user=user, name=name, account=f"account of {name}", linked_at=now()))
        await self.until(lambda: self.listener(user))
        return user

    async def everybody(self) -> list[UserId]:
        """All listeners of the simulator, linked."""
        people = (await self.http.get(f"{self.spotify}/control/listeners")).json()
        return [await self.link(person["display_name"], person["refresh_token"]) for person in people]

    async def simulator(self, control: str, /, **body: Any) -> Any:
        response = await self.http.post(f"{self.spotify}/control/{control}", json=body)
        assert response.is_success, response.text
        return response.json()

    async def calls(self, listener: str | None = None) -> list[dict[str, Any]]:
        """The simulator's log of calls to recently-played, oldest first."""
        asked = {"limit": 5000} | ({"listener": listener} if listener else {})
        log = (await self.http.get(f"{self.spotify}/control/calls", params=asked)).json()["log"]
        return [call for call in log if call["path"].endswith("recently-played")]

    async def door(self, family: Family) -> Door | None:
        """The one that is shut now."""
        return shut(await standing(self.js), family, now())

    async def struck(self, times: int = 1) -> None:
        """Until the simulator's scripted faults have struck so often."""

        async def look() -> bool:
            faults = (await self.http.get(f"{self.spotify}/control/faults")).json()
            return sum(each["struck"] for each in faults) >= times

        await self.until(look)

    async def truth(self, listener: str, until: str | None = None) -> list[dict[str, Any]]:
        """Every play of the simulator's world until now, or until a time."""
        asked = {"until": until} if until else {}
        answer = await self.http.get(f"{self.spotify}/control/truth/{listener}", params=asked)
        plays: list[dict[str, Any]] = answer.json()["plays"]
        return plays

    # --- questions ---

    async def ask(self, question: Message, answer: type[AnswerT]) -> AnswerT:
        reply = await self.client.request(question.on, question.encoded(), timeout=20)
        return answer.model_validate_json(reply.data)

    async def listener(self, user: UserId) -> Listener | None:
        found = (await self.ask(AskUsers(user=user), Users)).users
        return found[0] if found else None

    async def listeners(self) -> tuple[Listener, ...]:
        return (await self.ask(AskUsers(), Users)).users

    async def recorded(self, user: UserId, least: int = 0) -> int:
        """How many rows of the listener's imports are plays by now, when there are so many."""

        async def look() -> int | None:
            rows = await self.jobs(user, Kind.ARCHIVE)
            new = sum(each.new for each in rows)
            return new if new >= least else None

        return await self.until(look, within=60)

    async def jobs(self, user: UserId, kind: Kind | None = None) -> list[JobRow]:
        """Oldest first."""
        found = (await self.ask(AskJobs(user=user, limit=5000), Jobs)).jobs
        return [row for row in reversed(found) if kind in (None, row.kind)]

    async def plays(self, user: UserId) -> list[PlayRow]:
        found: list[PlayRow] = []
        page = await self.ask(AskPlays(user=user), Plays)
        while page.next:
            found += page.plays
            page = await self.ask(AskPlays(user=user, after=page.next), Plays)
        return [*found, *page.plays]

    async def gaps(self, user: UserId) -> Gaps:
        return await self.ask(AskGaps(user=user), Gaps)

    async def control(self, command: Control, patience: float = 30) -> ControlAnswered:
        """What the scheduler answered; for so many seconds asked again while it says that the recorder is too busy."""
        give_up = time.monotonic() + patience
        subscription = await self.client.subscribe("controls.answered.>")
        while True:
            await publish(self.js, command)
            answer = ControlAnswered.decoded((await subscription.next_msg(timeout=30)).data)
            if "does not answer just now" not in answer.why or time.monotonic() > give_up:
                break
        await subscription.unsubscribe()
        return answer

    async def begin_poll(self, user: UserId, *, hurry: bool = False) -> None:
        """One more, at once. The one before may be recorded and still lie in the mailbox."""

        async def begun() -> bool:
            return (await self.control(Trigger(user=user, what="poll", hurry=hurry))).done

        await self.until(begun)

    async def poll(self, user: UserId) -> JobRow:
        """One more, from beginning to end."""
        polls = len(await self.jobs(user, Kind.POLL))
        await self.begin_poll(user)
        return (await self.finished(user, Kind.POLL, count=polls + 1))[polls]

    async def waiting(self, user: UserId) -> Letter:
        """The poll that waits for its time, as soon as it does: the one before may be recorded and still lie in the
        mailbox."""

        async def look() -> Letter | None:
            letter = await self.mailboxes.read(Kind.POLL, user)
            return letter if letter and letter.due_at else None

        return await self.until(look)

    async def drained(self) -> None:
        """Until the recorder is done with every fact."""

        async def look() -> bool:
            return (await self.js.stream_info("facts")).state.messages == 0

        await self.until(look)

    async def finished(self, user: UserId, kind: Kind, count: int = 1, within: float = 60) -> list[JobRow]:
        """The listener's ended jobs of a kind, when there are so many."""

        async def ended() -> list[JobRow] | None:
            rows = [row for row in await self.jobs(user, kind) if row.finished_at]
            return rows if len(rows) >= count else None

        return await self.until(ended, within)

    async def until(self, look: Callable[[], Awaitable[FoundT | None]], within: float = 60) -> FoundT:
        """What `look` finds, as soon as it finds something. Patience costs nothing while all is well."""
        end = time.monotonic() + within
        while True:
            try:
                if found := await look():
                    return found
            except Exception as error:
                if time.monotonic() > end:
                    raise
                last: object = error
            else:
                last = "nothing was found"
            assert time.monotonic() < end, f"not within {within} s: {last}"
            await asyncio.sleep(0.05)


Stacked = Callable[[ASGIApp], AbstractAsyncContextManager[Stack]]
"""Builds a stack around the Spotify that a test brings along."""


def milliseconds(at: datetime) -> int:
    """As the simulator writes times."""
    return round(at.timestamp() * 1000)


def _for(settings: type[BaseSettings], told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name in settings.model_fields}
