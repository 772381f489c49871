"""Every user of a NATS with users tries all that it must not do, and is denied."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import nats.errors
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from spindle.embedded.nats import Nats
from spindle.shared.bus.connection import connect
from spindle.shared.bus.topology import BUCKETS, CONSUMERS, STORES, STREAMS, ensure_topology
from spindle.shared.catalogue.parties import every_message, publishers
from spindle.shared.catalogue.permissions import USERS
from spindle.shared.messages import Message

pytestmark = pytest.mark.usefixtures("own_users")

LISTENER = "0192d0c0-0000-7000-8000-000000000001"

READS = {
    "recorder": {"pauses"},
    "scheduler": {"pace", "pauses"},
    "poll_worker": {"pace", "pauses", "tokens", "trials"},
    "sync_worker": {"pace", "pauses", "tokens", "trials"},
    "gateway": {"pace", "tokens"},
    "demo": {"pace", "tokens"},
}
"""Buckets: said here once more, so that nobody is given another one by mistake."""

WRITES: dict[str, set[str]] = {
    "recorder": set(),
    "scheduler": {"pauses", "tokens"},
    "poll_worker": {"pace", "tokens", "trials"},
    "sync_worker": {"pace", "tokens", "trials"},
    "gateway": {"pace", "tokens"},
    "demo": {"pace", "tokens"},
}
BESIDE = {
    "demo": {"ask.users", f"facts.users.{LISTENER}", "doors.closed.history", "doors.opened.history"},
    "scheduler": {f"facts.plays.{LISTENER}"},
}
"""What is said by somebody else as well: the demo links listeners, the scheduler retries dead letters."""

IMPORTS = {"scheduler", "sync_worker", "gateway"}
"""Who has to do with the store of uploads, which NATS reads through consumers."""

EMPTIES = {
    "recorder": {"events"},
    "scheduler": {"commands", "events", "OBJ_uploads"},
    "poll_worker": {"commands"},
    "sync_worker": {"commands", "OBJ_uploads"},
    "gateway": {"OBJ_uploads"},
}
STREAMS_READ = {
    "scheduler": {"commands", "dead", "facts"},
    "poll_worker": {"commands"},
    "sync_worker": {"commands"},
    "gateway": {"dead"},
}
FOLLOWS = {"gateway": {"dead", "events"}}
"""Streams of which somebody reads a stretch, with a consumer that has no name."""

INSPECTS = {"gateway"}
"""Who sees how full every stream and bucket is, and how it is set: whoever shows people what the doctor says."""

KEPT = (*(f"KV_{each.bucket}" for each in BUCKETS), *(f"OBJ_{each.bucket}" for each in STORES))
ALL_STREAMS = (*(str(each.name) for each in STREAMS), *KEPT)
DURABLES = [(stream, str(each.durable_name)) for stream, known in CONSUMERS.items() for each in known]

every_user = pytest.mark.parametrize("user", USERS)


@dataclass
class Person:
    """A connection, and what NATS has denied it."""

    client: Client
    denied: list[str]

    async def tries(self, *subjects: str) -> set[str]:
        """Those of these subjects that it was not denied to publish on."""
        for subject in subjects:
            await self.client.publish(subject, b"{}", reply=self.client.new_inbox())
        return await self._passed(subjects, "publish to")

    async def listens(self, *subjects: str) -> set[str]:
        for subject in subjects:
            await self.client.subscribe(subject)
        return await self._passed(subjects, "subscription to")

    async def _passed(self, subjects: tuple[str, ...], what: str) -> set[str]:
        """Denials come in the order of what is denied, and nobody may ever say `last`."""
        await self.client.publish("last", b"")
        while not any('"last"' in each for each in self.denied):
            await asyncio.sleep(0.01)
        self.denied[:] = [each.replace('"last"', "") for each in self.denied]
        denied = " ".join(self.denied)
        return {each for each in subjects if f'{what} "{each}"'.lower() not in denied}


@asynccontextmanager
async def person(server: Nats, user: str) -> AsyncIterator[Person]:
    denied: list[str] = []

    async def note(error: Exception) -> None:
        denied.append(str(error).lower())

    client = await nats.connect(as_user(server, user), inbox_prefix=f"_INBOX.{user}", error_cb=note)
    yield Person(client, denied)
    await client.close()


def as_user(server: Nats, user: str) -> str:
    return server.url.replace("//spindle:", f"//{user}:")


@pytest.fixture
async def owner(nats_server: Nats) -> AsyncIterator[Client]:
    client = await connect(nats_server.url, "test")
    await ensure_topology(client.jetstream())
    yield client
    await client.close()


def subject(message: type[Message]) -> str:
    """With something in the place of its fields."""
    return message.subject.format(user=LISTENER, family="history", login="1f", consumer="recorder-facts")


def others(user: str) -> Iterator[tuple[str, str]]:
    """Durables that are not the user's."""
    return ((stream, durable) for stream, durable in DURABLES if not durable.startswith(f"{user}-"))


@every_user
async def test_a_user_publishes_what_its_service_says_and_nothing_else(
    nats_server: Nats, owner: Client, user: str
) -> None:
    said = {subject(each) for each in every_message() if user in publishers(each)} | BESIDE.get(user, set())
    said |= {each.removesuffix("step") + "later" for each in said if each.endswith(".step")}
    said -= {"dead.recorder-facts"} if user != "recorder" else set()  # each has dead letters of its own durables alone
    everything = {subject(each) for each in every_message()} | said

    async with person(nats_server, user) as person_:
        passed = await person_.tries(*everything, "control.anything", "anything", f"sync.poll.{LISTENER}")

    assert passed == said


@every_user
async def test_a_user_touches_only_the_buckets_that_its_service_needs(
    nats_server: Nats, owner: Client, user: str
) -> None:
    strange = [each.bucket for each in BUCKETS if each.bucket not in READS[user] | WRITES[user]]
    unread = [each.bucket for each in BUCKETS if each.bucket not in READS[user]]
    unwritten = [each.bucket for each in BUCKETS if each.bucket not in WRITES[user]]
    stores = [] if user in IMPORTS else [each.bucket for each in STORES]

    async with person(nats_server, user) as person_:
        passed = await person_.tries(
            *(f"$JS.API.STREAM.INFO.KV_{bucket}" for bucket in strange if user not in INSPECTS),
            *(f"$JS.API.STREAM.MSG.GET.KV_{bucket}" for bucket in unread),
            *(f"$JS.API.DIRECT.GET.KV_{each.bucket}" for each in BUCKETS),
            *(f"$JS.API.DIRECT.GET.KV_{each.bucket}.$KV.{each.bucket}.{LISTENER}" for each in BUCKETS),
            *(f"$JS.API.CONSUMER.CREATE.KV_{each.bucket}" for each in BUCKETS),
            *(f"$KV.{bucket}.{LISTENER}" for bucket in unwritten),
            *(f"$O.{store}.M.x" for store in stores),
            *(f"$JS.API.STREAM.MSG.GET.OBJ_{store}" for store in stores),
            *(f"$JS.API.CONSUMER.CREATE.OBJ_{store}" for store in stores),
        )

    assert not passed


@every_user
async def test_a_user_takes_nothing_from_others_durables(nats_server: Nats, owner: Client, user: str) -> None:
    async with person(nats_server, user) as person_:
        passed = await person_.tries(
            *(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}" for stream, durable in others(user)),
            *(f"$JS.ACK.{stream}.{durable}.1.1.1.1.0" for stream, durable in others(user)),
        )

    assert not passed


@every_user
async def test_a_user_makes_changes_and_removes_no_stream_and_no_consumer(
    nats_server: Nats, owner: Client, user: str
) -> None:
    js = owner.jetstream()
    before = [(await js.stream_info(stream)).as_dict() for stream in ALL_STREAMS]
    verbs = ("CREATE", "UPDATE", "DELETE", "SNAPSHOT", "RESTORE", "LEADER.STEPDOWN")
    kept = EMPTIES.get(user, set())
    strikes = {"dead"} if user == "scheduler" else set()
    reads, follows = STREAMS_READ.get(user, set()), FOLLOWS.get(user, set())

    async with person(nats_server, user) as person_:
        passed = await person_.tries(
            *(f"$JS.API.STREAM.{verb}.{stream}" for verb in verbs for stream in (*ALL_STREAMS, "mine")),
            *(f"$JS.API.STREAM.PURGE.{stream}" for stream in ALL_STREAMS if stream not in kept),
            *(f"$JS.API.STREAM.MSG.DELETE.{stream}" for stream in ALL_STREAMS if stream not in strikes),
            *(f"$JS.API.STREAM.MSG.GET.{each.name}" for each in STREAMS if each.name not in reads),
            *(f"$JS.API.CONSUMER.CREATE.{each.name}" for each in STREAMS if each.name not in follows),
            *(f"$JS.API.CONSUMER.CREATE.{each.name}.spy.>" for each in STREAMS),
            *(f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.spy" for stream in ALL_STREAMS),
            *(f"$JS.API.CONSUMER.{verb}.{s}.{d}" for verb in ("DELETE", "PAUSE", "RESET") for s, d in DURABLES),
            *(
                "$JS.API.ACCOUNT.PURGE.$G",
                "$JS.API.SERVER.REMOVE",
                "$JS.API.META.LEADER.STEPDOWN",
                "$SYS.REQ.SERVER.PING",
            ),
        )

    assert not passed
    after = [(await js.stream_info(stream)).as_dict() for stream in ALL_STREAMS]
    assert [_lasting(each) for each in after] == [_lasting(each) for each in before]


@every_user
async def test_a_user_hears_nothing_that_is_not_for_it(nats_server: Nats, owner: Client, user: str) -> None:
    inboxes = [f"_INBOX.{other}.>" for other in (*USERS, "spindle") if other != user]
    answers = {"controls.answered.*"}
    own = {"recorder": {"ask.users"}, "sync_worker": answers, "gateway": answers}.get(user, set())
    wanted = {
        "ask.users",
        "controls.answered.*",
        "controls.>",
        "ask.>",
        "facts.>",
        "sync.>",
        "control.*",
        "users.>",
    } - own

    async with person(nats_server, user) as person_:
        passed = await person_.listens(
            ">", "*.>", "_INBOX.>", "_INBOX.*.*", *inboxes, "$KV.>", "$O.>", "$JS.>", *wanted
        )

    assert not passed


async def test_nobody_sees_what_somebody_else_is_answered(nats_server: Nats, owner: Client) -> None:
    """Each subscribes to everything that it can think of, while the scheduler asks the recorder."""
    heard: list[str] = []
    async with person(nats_server, "recorder") as recorder, person(nats_server, "scheduler") as scheduler:

        async def answer(question: Msg) -> None:
            await question.respond(b"the answer")

        async def hear(message: Msg) -> None:
            heard.append(message.subject)

        await recorder.client.subscribe("ask.users", cb=answer)
        async with person(nats_server, "poll_worker") as spy:
            for subject in (">", "_INBOX.>", "_INBOX.scheduler.>", "ask.users"):
                await spy.client.subscribe(subject, cb=hear)
            await spy.client.flush()
            await recorder.client.flush()
            reply = await scheduler.client.request("ask.users", b"{}", timeout=20)
            await spy.client.flush()

    assert reply.data == b"the answer"
    assert heard == []


async def test_whoever_answers_may_answer_once_and_nothing_else(nats_server: Nats, owner: Client) -> None:
    async with person(nats_server, "recorder") as recorder, person(nats_server, "scheduler") as scheduler:
        asked: asyncio.Queue[Msg] = asyncio.Queue()
        await recorder.client.subscribe("ask.users", cb=asked.put)
        await recorder.client.flush()
        asking = asyncio.create_task(scheduler.client.request("ask.users", b"{}", timeout=20))
        question = await asked.get()
        await question.respond(b"the answer")
        assert (await asking).data == b"the answer"

        again = await recorder.tries(question.reply, "_INBOX.scheduler.guessed", "_INBOX.spindle.guessed")

    assert not again


@every_user
async def test_a_denied_publish_is_known_to_nobody_as_stored(nats_server: Nats, owner: Client, user: str) -> None:
    """What a service sees of a denial is that nothing is confirmed."""
    stream, on = ("facts", f"facts.plays.{LISTENER}") if user == "gateway" else ("control", "control.pause")

    async with person(nats_server, user) as person_:
        with pytest.raises((nats.errors.TimeoutError, TimeoutError)):
            await person_.client.jetstream().publish(on, json.dumps({"user": LISTENER}).encode(), timeout=0.2)

    assert (await owner.jetstream().stream_info(stream)).state.messages == 0


async def test_whoever_follows_a_stream_makes_no_consumer_that_lasts(nats_server: Nats, owner: Client) -> None:
    before = (await owner.jetstream().consumer_info("events", "scheduler-events")).as_dict()
    asked = [
        {"durable_name": "spy"},
        {"durable_name": "scheduler-events", "filter_subject": "users.linked.*"},
    ]

    async with person(nats_server, "gateway") as gateway:
        answers = [
            await gateway.client.request(
                "$JS.API.CONSUMER.CREATE.events",
                json.dumps({"stream_name": "events", "config": {"ack_policy": "explicit", **config}}).encode(),
                timeout=20,
            )
            for config in asked
        ]

    assert ["error" in json.loads(answer.data) for answer in answers] == [True, True]
    js = owner.jetstream()
    assert _lasting((await js.consumer_info("events", "scheduler-events")).as_dict()) == _lasting(before)
    assert (await js.stream_info("events")).state.consumer_count == len(CONSUMERS["events"])


def _lasting(stream: dict[str, object]) -> str:
    """All but what the answer itself brings along."""
    return re.sub(r"'(ts|created)': [^,}]+", "", str(stream))
