"""Recorders on a real NATS and a real PostgreSQL: deliveries, deaths, crashes, and several at once."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from faststream import AckPolicy, FastStream
from faststream.nats import NatsBroker
from nats.js import JetStreamContext
from nats.js.kv import KeyValue
from pydantic import SecretStr

from spindle.embedded import postgres as embedded_postgres
from spindle.recorder.commits import Commits, Failed
from spindle.recorder.deliveries import Settlement
from spindle.recorder.errors import DatabaseRefused
from spindle.recorder.handlers import facts as facts_router
from spindle.recorder.handlers import imports as imports_router
from spindle.recorder.service import build
from spindle.recorder.settings import Settings
from spindle.recorder.store.engine import engine
from spindle.shared.ids import Kind
from spindle.shared.messages.jobs import Status
from spindle.shared.messages.users import AccountRemoved
from spindle.shared.pauses import Pauses

from .test_imports import Importer, Said

Start = Callable[[Settings], Awaitable[FastStream]]


@pytest.fixture
async def start(bus: Any) -> AsyncIterator[Start]:
    """Starts recorders, as many as asked for, and stops them all."""
    running = []

    async def started(settings: Settings) -> FastStream:
        recorder = build(settings)
        await recorder.start()
        running.append(recorder)
        return recorder

    yield started
    await asyncio.gather(*(recorder.stop() for recorder in running))


async def test_facts_become_rows_and_rows_become_events(
    world: Any, bus: Any, tables: Any, settings: Settings, start: Start
) -> None:
    await start(settings)

    await bus.tell(world.linked(), world.page(1, 1, 2), world.page(2, 3, last=True), world.poll(50, 2, 3, 4))
    await bus.settled()

    assert [event["event"] for event in await bus.events()] == [
        "UserLinked",
        "JobStarted",
        "PlaysRecorded",
        "JobProgressed",
        "PlaysRecorded",
        "JobProgressed",
        "JobFinished",
        "PlaysRecorded",
    ]
    assert len(await tables.rows("plays")) == 4
    assert await bus.dead() == []


async def test_a_poll_that_found_nothing_new_publishes_nothing(
    world: Any, bus: Any, settings: Settings, start: Start
) -> None:
    await start(settings)
    await bus.tell(world.linked(), world.poll(10, 1, 2))
    await bus.settled()
    before = await bus.events()

    await bus.tell(world.poll(20, 1, 2), world.poll(30))
    await bus.settled()

    assert await bus.events() == before


async def test_what_is_no_fact_dies_with_its_reason_and_disturbs_nothing(
    world: Any, bus: Any, tables: Any, settings: Settings, start: Start
) -> None:
    good = [world.linked(), *(world.poll(run, run) for run in range(10, 30))]
    someone = world.user()
    poll = json.loads(world.poll(99, 99).encoded())
    bad = {
        "not JSON": b"\xff{nonsense",
        "of no model": b'{"fact": "Nonsense"}',
        "incomplete": b'{"fact": "PlaysFetched", "user": "%s"}' % someone.encode(),
        "another's job": json.dumps(poll | {"user": world.user(2)}).encode(),
        "NUL": json.dumps(poll | {"plays": [{**poll["plays"][0], "context": "a\0b"}]}).encode(),
        "too large": json.dumps(poll | {"step": 2**40}).encode(),
    }
    for fact in good[:10]:
        await bus.tell(fact)
    for body in bad.values():
        await bus.js.publish(f"facts.plays.{someone}", body)
    for fact in good[10:]:
        await bus.tell(fact)

    await start(settings)
    await bus.settled()

    dead = sorted(await bus.dead(), key=lambda each: each.sequence)
    assert [each.body.encode() for each in dead][1:] == list(bad.values())[1:]
    assert [each.why for each in dead][:4] == [
        "not JSON",
        "body: of no known kind",
        "PlaysFetched.job: Field required",
        "body: Value error, the job is another listener's",
    ]
    assert all(each.why.startswith("the database refuses it: ") for each in dead[4:])
    assert {each.consumer for each in dead} == {"recorder-facts"}
    assert len(await tables.rows("plays")) == 20


async def test_an_unknown_listeners_fact_waits_for_them(
    world: Any, bus: Any, tables: Any, settings: Settings, start: Start
) -> None:
    await start(settings)
    await bus.tell(world.poll(10, 1))
    await asyncio.sleep(0.5)
    assert await bus.pending() == 1

    await bus.tell(world.linked())
    await bus.settled()

    assert len(await tables.rows("plays")) == 1
    assert await bus.dead() == []


async def test_an_unknown_listeners_fact_dies_when_it_is_too_old(
    world: Any, bus: Any, settings: Settings, start: Start
) -> None:
    await start(settings.model_copy(update={"unknown_patience": timedelta(seconds=2)}))

    await bus.tell(world.poll(10, 1))
    await bus.settled()

    assert [each.why for each in await bus.dead()] == ["nobody knows the listener"]


async def test_the_end_of_an_import_waits_for_its_slices_however_late_and_dies_without_them(
    world: Any, bus: Any, tables: Any, settings: Settings, start: Start
) -> None:
    # given two imports that were read while no recorder ran; a slice of the second is gone
    whole, torn = (Importer(None, world).facts([Said(n * 200) for n in range(10)], slices=5) for _ in range(2))
    torn = [fact.model_copy(update={"job": world.job(Kind.ARCHIVE, 2)}) for fact in torn if fact.step != 3]
    late = {"read_at": world.at(-1e6)}
    await bus.tell(
        world.linked(), *(fact.model_copy(update=late) for fact in (whole[-1], *whole[:-1], torn[-1], *torn[:-1]))
    )

    await start(settings)
    await bus.settled()

    assert [each.why for each in await bus.dead()] == ["what it builds on is lost"]
    status = {row["job"]: row["status"] for row in await tables.rows("jobs")}
    assert status == {whole[0].job: Status.SUCCESS, torn[0].job: Status.RUNNING}
    assert len(await tables.rows("plays")) == 10


async def test_a_removed_listeners_facts_are_acknowledged_unread(
    world: Any, bus: Any, tables: Any, settings: Settings, start: Start
) -> None:
    await start(settings)
    await bus.tell(world.linked(), world.poll(10, 1), AccountRemoved(user=world.user(), removed_at=world.at(60)))
    await bus.settled()

    await bus.tell(world.poll(20, 2))
    await bus.settled()

    assert await tables.rows("plays") == await bus.dead() == []
    assert [event["event"] for event in await bus.events()][-1] == "UserRemoved"


async def test_events_that_a_crash_swallowed_are_told_again_with_the_same_numbers(
    world: Any, bus: Any, database: Any, tables: Any, settings: Settings, start: Start
) -> None:
    facts = [world.page(1, 1, 2), world.page(2, 3, last=True), world.poll(50, 2, 3, 4)]
    # given a recorder that committed and died before it published; others recorded more since
    await Commits(database).commit([world.linked()])
    outcomes = await Commits(database).commit(facts)
    lost = [event for outcome in outcomes for event in outcome.events]
    await Commits(database).commit([world.poll(60, 4, 5, 6), world.page(3, 7, 8)])
    rows = await tables.rows("job_steps")

    await bus.tell(*facts)
    await start(settings)
    await bus.settled()

    assert [json.dumps(event) for event in await bus.events()] == [
        json.dumps(json.loads(each.encoded())) for each in lost
    ]
    ids = [(await bus.js.get_msg("events", n)).headers["Nats-Msg-Id"] for n in range(1, len(lost) + 1)]
    assert ids == [event.identity for event in lost]
    assert await tables.rows("job_steps") == rows


async def test_three_recorders_on_the_same_listeners_never_lose_count(
    world: Any, bus: Any, tables: Any, settings: Settings, start: Start
) -> None:
    listeners, runs = range(1, 21), range(100, 130)
    facts = [world.poll(run, *range(run - 9, run + 1), user=user) for run in runs for user in listeners]
    random.Random(4).shuffle(facts)
    many = settings.model_copy(update={"recorder_batch": 40})
    await asyncio.gather(start(many), start(many), start(many))

    await bus.tell(*map(world.linked, listeners))
    await asyncio.gather(*(bus.tell(fact) for fact in facts))
    await bus.settled()

    assert await bus.dead() == []
    assert Counter(row["user_id"] for row in await tables.rows("plays")) == {world.user(n): 39 for n in listeners}
    assert {row["plays"] for row in await tables.rows("checkpoints")} == {39}
    new: Counter[str] = Counter()
    for event in await bus.events():
        new[event["user"]] += event.get("new", 0)
    assert set(new.values()) == {39}


async def test_facts_wait_for_a_database_that_is_away(
    world: Any, bus: Any, tmp_path: Path, settings: Settings, start: Start
) -> None:
    server = await embedded_postgres.start(tmp_path / "pg", fsync=False)
    try:
        await start(settings.model_copy(update={"database_url": SecretStr(server.url)}))
        await bus.tell(world.linked())
        await bus.settled()

        await server.stop()
        await bus.tell(world.poll(10, 1), world.poll(20, 2))
        await asyncio.sleep(1)
        assert await bus.pending() == 2
        assert await bus.dead() == []

        await server.start()
        await bus.settled()
        assert [event["total"] for event in await bus.events() if event["event"] == "PlaysRecorded"] == [1, 2]
    finally:
        await server.stop()


async def test_a_recorder_waits_for_its_database_at_start(
    world: Any, bus: Any, tmp_path: Path, settings: Settings
) -> None:
    server = await embedded_postgres.start(tmp_path / "pg", fsync=False)
    await server.stop()
    recorder = build(settings.model_copy(update={"database_url": SecretStr(server.url)}))

    starting = asyncio.create_task(recorder.start())
    await asyncio.sleep(0.5)
    assert not starting.done()
    await server.start()
    await asyncio.wait_for(starting, 60)

    await bus.tell(world.linked())
    await bus.settled()
    await recorder.stop()
    await server.stop()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda url: "nonsense", "is not an address"),
        (lambda url: "mysql://somewhere/x", "speaks of mysql"),
        (lambda url: url.replace("/test_", "/no_such_"), "does not exist"),
        (lambda url: url.replace("spindle:", "spindle:wrong"), "password authentication failed"),
    ],
)
async def test_a_wrong_address_is_one_clear_error(
    bus: Any, settings: Settings, change: Callable[[str], str], says: str
) -> None:
    url = change(settings.database_url.get_secret_value())

    with pytest.raises(DatabaseRefused, match=says) as error:
        await build(settings.model_copy(update={"database_url": SecretStr(url)})).start()

    assert len(str(error.value).splitlines()) == 1


async def test_a_publish_that_fails_leaves_the_fact_for_another_time(
    world: Any, bus: Any, tables: Any, settings: Settings, start: Start
) -> None:
    # given a stream of events and one of the dead that take nothing
    for stream in ("events", "dead"):
        config = (await bus.js.stream_info(stream)).config
        await bus.js.update_stream(config, sealed=True)
    await bus.tell(world.linked())
    await bus.js.publish("facts.users.nobody", b"nonsense")

    await start(settings)
    async with asyncio.timeout(60):
        while not await tables.rows("users"):
            await asyncio.sleep(0.02)
    await asyncio.sleep(1)

    assert await bus.pending() == 2


def test_every_subscriber_of_facts_acknowledges_by_hand(database_url: str) -> None:
    class Nothing(JetStreamContext):
        def __init__(self) -> None: ...

    js = Nothing()
    pauses = Pauses(KeyValue("pauses", "KV_pauses", "$KV.pauses.", js, direct=False))
    commits, settlement = Commits(engine(database_url)), Settlement(js, pauses, timedelta())

    broker = NatsBroker()
    broker.include_router(facts_router(commits, settlement, 1))
    broker.include_router(imports_router(commits, settlement))
    assert [subscriber.ack_policy for subscriber in broker.subscribers] == [AckPolicy.MANUAL] * 2


async def test_a_batch_that_met_another_is_tried_again(
    world: Any, database: Any, book: Any, tables: Any, database_url: str
) -> None:
    await book(world.linked(1), world.linked(2))
    other = await asyncpg.connect(database_url.split("?")[0], ssl=False)
    lock = "SELECT 1 FROM users WHERE user_id = $1 FOR UPDATE"
    # given somebody who takes the locks in the wrong order, and is only noticed by the recorder
    await other.execute("SET deadlock_timeout = '60s'")
    transaction = other.transaction()
    await transaction.start()
    await other.execute(lock, world.user(2))

    recording = asyncio.create_task(Commits(database).commit([world.poll(10, 1), world.poll(10, 1, user=2)]))
    await asyncio.sleep(0.3)
    waiting = asyncio.create_task(other.execute(lock, world.user(1)))
    await asyncio.wait_for(waiting, 60)
    await transaction.rollback()
    outcomes = await recording
    await other.close()

    assert not any(isinstance(outcome, Failed) for outcome in outcomes)
    assert len(await tables.rows("plays")) == 2
    assert {row["status"] for row in await tables.rows("jobs")} == {Status.SUCCESS}
