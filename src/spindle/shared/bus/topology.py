"""Streams, durable consumers and buckets: declared here, created and migrated here, and nowhere else."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    KeyValueConfig,
    ObjectStoreConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError

COPIES = 3
"""Of everything, where there are nodes for them: any one may be away, and whatever was confirmed is on two of them."""

_NODES_WITHIN = 10.0  # seconds
_LOOK_AGAIN_AFTER = 0.1

_MIB = 2**20
_DAY = 24 * 3600.0

STREAMS = (
    # No limits at all: a full stream would have to drop or refuse a step, and what `max_msgs_per_subject` removes comes
    # back to life when nats-server is killed (docs/decisions/0002-a-subject-is-a-mailbox.md).
    StreamConfig(
        name="commands",
        description="mailboxes: one step of every chain",
        subjects=["sync.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        discard=DiscardPolicy.OLD,
        allow_msg_schedules=True,
        allow_rollup_hdrs=True,  # schedules bring it along
        duplicate_window=120,
    ),
    StreamConfig(
        name="control",
        description="what people ask of the scheduler, in the order sent",
        subjects=["control.*"],
        retention=RetentionPolicy.WORK_QUEUE,
        max_bytes=8 * _MIB,
        discard=DiscardPolicy.NEW,
        duplicate_window=120,
    ),
    # Full, it refuses publishers and drops nothing: their steps stay unacknowledged and come again.
    StreamConfig(
        name="facts",
        description="what workers found out",
        subjects=["facts.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        max_bytes=256 * _MIB,
        discard=DiscardPolicy.NEW,
        duplicate_window=120,
    ),
    StreamConfig(
        name="events",
        description="what has become true",
        subjects=["plays.>", "jobs.>", "users.>", "controls.>", "imports.>", "doors.>"],
        retention=RetentionPolicy.LIMITS,
        max_bytes=256 * _MIB,
        max_age=21 * _DAY,
        discard=DiscardPolicy.OLD,
        duplicate_window=120,
    ),
    StreamConfig(
        name="dead",
        description="messages that nobody could handle, with the reason",
        subjects=["dead.>"],
        retention=RetentionPolicy.LIMITS,
        max_bytes=32 * _MIB,
        max_age=90 * _DAY,
        discard=DiscardPolicy.NEW,
        # A message that was buried, and comes again because nobody could acknowledge it, is one letter all the same.
        duplicate_window=90 * _DAY,
    ),
)

_DURABLE = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, max_deliver=-1, ack_wait=30, max_ack_pending=1000)


@dataclass(frozen=True)
class EventsKept:
    """How long and how many, whichever is less; None: as it is."""

    days: int | None = None
    megabytes: int | None = None


AS_THEY_ARE = EventsKept()

CONSUMERS = {
    "commands": (
        # Longer than the slowest call of Spotify, behind which a fetched step may have to wait its turn.
        replace(_DURABLE, durable_name="poll_worker-poll", filter_subject="sync.poll.*.step", ack_wait=60),
        replace(_DURABLE, durable_name="sync_worker-initial", filter_subject="sync.initial.*.step", ack_wait=60),
        replace(_DURABLE, durable_name="sync_worker-archive", filter_subject="sync.archive.*.step"),
    ),
    # Controls are applied one after the other.
    "control": (replace(_DURABLE, durable_name="scheduler-control", filter_subject="control.*", max_ack_pending=1),),
    "facts": (
        replace(
            _DURABLE,
            durable_name="recorder-facts",
            filter_subjects=["facts.plays.*", "facts.jobs.*", "facts.users.*"],
            ack_wait=60,
            max_ack_pending=5000,
        ),
        # Of its own, so that a million rows never stand before somebody's poll.
        replace(_DURABLE, durable_name="recorder-archive", filter_subject="facts.archive.*"),
    ),
    "events": (
        replace(_DURABLE, durable_name="scheduler-events", filter_subjects=["users.linked.*", "users.removed.*"]),
    ),
}

BUCKETS = (
    KeyValueConfig(bucket="tokens", description="sealed tokens, by listener", history=1),
    KeyValueConfig(bucket="pauses", description="what is paused, by listener", history=1),
    KeyValueConfig(bucket="pace", description="doors that Spotify closed, by family of endpoints", history=1),
    KeyValueConfig(
        bucket="trials", description="steps that run alone, by mailbox, and their workers' deaths", history=1
    ),
)

STORES = (
    # Full, it refuses the next upload. What a job that never came to its end has left is gone after a week.
    ObjectStoreConfig(
        bucket="uploads", description="what is being imported, in pieces", max_bytes=512 * _MIB, ttl=7 * _DAY
    ),
)


def kept() -> Iterator[tuple[str, StreamConfig]]:
    """The streams that buckets and object stores are, each with what people call it."""
    for bucket in BUCKETS:
        yield f"bucket {bucket.bucket}", _of_bucket(bucket)
    for store in STORES:
        yield f"store {store.bucket}", _of_store(store)


def declared() -> Iterator[str]:
    """The names of all streams, those behind buckets and stores among them."""
    yield from (str(stream.name) for stream in STREAMS)
    yield from (str(stream.name) for _, stream in kept())


def durables() -> Iterator[tuple[str, str, str]]:
    """Service, stream and name of every durable: the name is the service, a dash, and the topic."""
    for stream, consumers in CONSUMERS.items():
        for consumer in consumers:
            name = str(consumer.durable_name)
            yield name.partition("-")[0], stream, name


async def ensure_topology(js: JetStreamContext, replicas: int | None = None, events: EventsKept = AS_THEY_ARE) -> None:
    """Bring the server to what is declared above. Safe to run again, by several at once, and on a newer version.

    Without `replicas` there stay as many as there are, one at first; so do events as long as they did. Raises
    `nats.js.errors.APIError` when the server refuses, for example for want of storage.
    """
    copies = replicas or await replicas_of(js) or 1
    for stream in (*await streams(js, events), *(stream for _, stream in kept())):
        await _ensure_stream(js, replace(stream, num_replicas=copies, storage=StorageType.FILE))
        await _ensure_consumers(js, str(stream.name))


async def streams(js: JetStreamContext, events: EventsKept = AS_THEY_ARE) -> list[StreamConfig]:
    """As declared; of events as long and as many as they are kept on this server, or shall be."""
    found = {str(each.name): each for each in STREAMS}
    ours = found["events"]
    try:
        there = (await js.stream_info("events")).config
    except NotFoundError:
        there = ours
    age = events.days * _DAY if events.days else there.max_age
    size = events.megabytes * _MIB if events.megabytes else there.max_bytes
    return list((found | {"events": replace(ours, max_age=age, max_bytes=size)}).values())


async def replicas_of(js: JetStreamContext) -> int | None:
    """How many nodes keep the steps, and so everything else; none before there is anything."""
    try:
        return (await js.stream_info(str(STREAMS[0].name))).config.num_replicas
    except NotFoundError:
        return None


async def copies(bus: Client) -> int:
    """How many there should be of everything: as many as there are, and three when we are told of three nodes."""
    told = len(bus.servers) - len(bus.discovered_servers)
    return max(await replicas_of(bus.jetstream()) or 1, COPIES if told >= COPIES else 1)


async def _ensure_stream(js: JetStreamContext, stream: StreamConfig) -> None:
    try:
        there = await js.stream_info(str(stream.name))
    except NotFoundError:
        await js.add_stream(stream)
        return
    if there.config.num_replicas == stream.num_replicas:
        await js.update_stream(stream)
        return
    if stream.retention is RetentionPolicy.WORK_QUEUE:
        await _let_go(js, str(stream.name))
    try:
        await js.update_stream(stream)
    except APIError:  # there are not as many nodes, say
        await _ensure_consumers(js, str(stream.name))
        raise
    await _copied(js, stream)


async def _ensure_consumers(js: JetStreamContext, stream: str) -> None:
    for consumer in CONSUMERS.get(stream, ()):
        await js.add_consumer(stream, consumer)


async def _let_go(js: JetStreamContext, queue: str) -> None:
    """Its durables: as long as it has any, nats-server 2.15 confirms another number of copies and makes none
    (docs/decisions/0024-copies-are-counted.md). They are made again, and what they had handed out comes again."""
    for durable in CONSUMERS.get(queue, ()):
        with suppress(NotFoundError):
            await js.delete_consumer(queue, str(durable.durable_name))


async def _copied(js: JetStreamContext, stream: StreamConfig) -> None:
    """Until it has its new nodes: sooner it refuses consumers. They may still be catching up."""
    give_up = monotonic() + _NODES_WITHIN
    while monotonic() < give_up:
        cluster = (await js.stream_info(str(stream.name))).cluster
        if cluster and len(cluster.replicas or ()) == (stream.num_replicas or 1) - 1:
            return
        await asyncio.sleep(_LOOK_AGAIN_AFTER)


def _of_bucket(bucket: KeyValueConfig) -> StreamConfig:
    """nats-py makes the same one, but never brings an older one up to date."""
    return StreamConfig(
        name=f"KV_{bucket.bucket}",
        description=bucket.description,
        subjects=[f"$KV.{bucket.bucket}.>"],
        retention=RetentionPolicy.LIMITS,
        max_msgs_per_subject=bucket.history,
        discard=DiscardPolicy.NEW,
        duplicate_window=120,
        allow_rollup_hdrs=True,
        allow_msg_ttl=True,
        deny_delete=True,
    )


def _of_store(store: ObjectStoreConfig) -> StreamConfig:
    """Read from its leader only: a replica that lags would say that a piece is not there."""
    return StreamConfig(
        name=f"OBJ_{store.bucket}",
        description=store.description,
        subjects=[f"$O.{store.bucket}.C.>", f"$O.{store.bucket}.M.>"],
        retention=RetentionPolicy.LIMITS,
        max_bytes=store.max_bytes,
        max_age=store.ttl,
        discard=DiscardPolicy.NEW,
        duplicate_window=120,
        allow_rollup_hdrs=True,
    )
