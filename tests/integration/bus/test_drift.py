"""What a server has against what the code wants: told in words, and mended by `ensure_topology`."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, KeyValueConfig

from spindle.embedded import nats
from spindle.shared.bus.connection import connect
from spindle.shared.bus.difference import Difference
from spindle.shared.bus.drift import drift, strangers
from spindle.shared.bus.topology import BUCKETS, CONSUMERS, STREAMS, EventsKept, ensure_topology, kept


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    bus = await connect(nats_url, "test")
    yield bus.jetstream()
    await bus.close()


async def changed_stream(js: JetStreamContext, name: str, **settings: object) -> None:
    await js.update_stream(replace((await js.stream_info(name)).config, **settings))


async def changed_consumer(js: JetStreamContext, stream: str, durable: str, **settings: object) -> None:
    await js.add_consumer(stream, replace((await js.consumer_info(stream, durable)).config, **settings))


async def told(js: JetStreamContext) -> list[str]:
    return [str(one) for one in await drift(js)]


async def test_on_an_empty_server_everything_is_missing(js: JetStreamContext) -> None:
    found = await told(js)

    assert len(found) == len(STREAMS) + len(list(kept())) + sum(map(len, CONSUMERS.values()))
    assert "stream facts is missing" in found
    assert "consumer recorder-facts of stream facts is missing" in found
    assert "bucket tokens is missing" in found
    assert "store uploads is missing" in found
    assert await strangers(js) == []


async def test_what_is_declared_is_what_the_server_has_afterwards(js: JetStreamContext) -> None:
    await ensure_topology(js)

    assert await drift(js) == []
    assert await strangers(js) == []


async def test_a_bucket_of_an_earlier_version_is_no_drift(js: JetStreamContext) -> None:
    for bucket in BUCKETS:
        await js.create_key_value(KeyValueConfig(bucket=bucket.bucket, description=bucket.description, history=1))

    await ensure_topology(js)

    assert await drift(js) == []


async def test_a_setting_changed_by_hand_is_told_and_mended(js: JetStreamContext) -> None:
    await ensure_topology(js)
    await changed_stream(js, "facts", max_bytes=2**20, max_msgs=7, description=None)
    await changed_stream(js, "events", subjects=["plays.>", "jobs.>"])
    await changed_stream(js, "dead", max_age=2 * 7_776_000.0)
    await changed_stream(js, "KV_tokens", max_msgs_per_subject=5, max_age=60.0, duplicate_window=60.0)
    await changed_consumer(js, "commands", "poll_worker-poll", ack_wait=5.0, max_deliver=3)
    await changed_consumer(js, "facts", "recorder-facts", filter_subjects=["facts.plays.*"], max_ack_pending=1)

    found = await told(js)

    assert found == [
        "consumer poll_worker-poll of stream commands: ack_wait is 5, wanted 60",
        "consumer poll_worker-poll of stream commands: max_deliver is 3, wanted not set",
        "stream facts: description is not set, wanted what workers found out",
        "stream facts: max_msgs is 7, wanted not set",
        "stream facts: max_bytes is 1048576, wanted 268435456",
        "consumer recorder-facts of stream facts: filter_subjects is facts.plays.*,"
        " wanted facts.jobs.*, facts.plays.*, facts.users.*",
        "consumer recorder-facts of stream facts: max_ack_pending is 1, wanted 5000",
        "stream events: subjects is jobs.>, plays.>, wanted controls.>, doors.>, imports.>, jobs.>, plays.>, users.>",
        "stream dead: max_age is 15552000, wanted 7776000",
        "bucket tokens: max_age is 60, wanted not set",
        "bucket tokens: max_msgs_per_subject is 5, wanted 1",
        "bucket tokens: duplicate_window is 60, wanted 120",
    ]
    await ensure_topology(js)
    assert await drift(js) == []


async def test_a_difference_has_its_values(js: JetStreamContext) -> None:
    await ensure_topology(js)
    await changed_stream(js, "facts", max_bytes=2**20)
    await js.delete_stream("control")

    [*lost, size] = await drift(js)

    assert (size, size.missing) == (Difference("stream facts", "max_bytes", 2**20, 2**28), False)
    assert lost == [Difference("stream control"), Difference("consumer scheduler-control of stream control")]
    assert all(one.missing for one in lost)


async def test_what_was_deleted_by_hand_is_told_and_made_again(js: JetStreamContext) -> None:
    await ensure_topology(js)
    await js.delete_stream("control")
    await js.delete_stream("KV_pace")
    await js.delete_consumer("commands", "sync_worker-initial")

    found = await told(js)

    assert found == [
        "consumer sync_worker-initial of stream commands is missing",
        "stream control is missing",
        "consumer scheduler-control of stream control is missing",
        "bucket pace is missing",
    ]
    await ensure_topology(js)
    assert await drift(js) == []


async def test_events_are_kept_as_long_as_was_chosen_until_something_else_is(js: JetStreamContext) -> None:
    async def kept_now() -> tuple[float, int]:
        config = (await js.stream_info("events")).config
        return (config.max_age or 0) / 86_400, (config.max_bytes or 0) // 2**20

    await ensure_topology(js)
    first = await kept_now()
    await ensure_topology(js, events=EventsKept(days=3))
    chosen = await kept_now()
    await ensure_topology(js)
    await ensure_topology(js, events=EventsKept(megabytes=64))

    assert (first, chosen, await kept_now()) == ((21, 256), (3, 256), (3, 64))
    assert await told(js) == []


async def test_a_leftover_consumer_of_a_work_queue_is_a_stranger_and_one_of_events_is_not(js: JetStreamContext) -> None:
    await ensure_topology(js)
    await js.delete_consumer("commands", "sync_worker-initial")
    await js.add_consumer("commands", ConsumerConfig(durable_name="old", filter_subject="sync.initial.*.step"))
    await js.add_consumer("events", ConsumerConfig(durable_name="mine", filter_subject="plays.>"))

    assert await strangers(js) == ["consumer old of stream commands"]
    assert await told(js) == ["consumer sync_worker-initial of stream commands is missing"]


async def test_as_many_nodes_keep_a_stream_as_before(tmp_path: Path) -> None:
    servers = await nats.start_cluster(tmp_path)
    bus = await connect(servers[0].url, "test")
    js = bus.jetstream(timeout=20)
    try:
        await ensure_topology(js, replicas=3)
        await js.delete_stream("KV_pace")
        await changed_stream(js, "dead", num_replicas=1)
        assert await told(js) == ["stream dead: num_replicas is 1, wanted 3", "bucket pace is missing"]

        await ensure_topology(js)

        assert await drift(js) == []
        assert (await js.stream_info("commands")).config.num_replicas == 3
    finally:
        await bus.close()
        for server in servers:
            server.kill()
