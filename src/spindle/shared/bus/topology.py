"""Streams, durable consumers and buckets: declared here, created and migrated here, and nowhere else."""

from collections.abc import Iterator
from dataclasses import replace

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
from nats.js.errors import NotFoundError

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
        description="messages that nobody can handle, with the reason",
        subjects=["dead.>"],
        retention=RetentionPolicy.LIMITS,
        max_bytes=32 * _MIB,
        max_age=90 * _DAY,
        discard=DiscardPolicy.OLD,
        duplicate_window=120,
    ),
)

_DURABLE = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, max_deliver=-1, ack_wait=30, max_ack_pending=1000)

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


def durables() -> Iterator[tuple[str, str, str]]:
    """Service, stream and name of every durable: the name is the service, a dash, and the topic."""
    for stream, consumers in CONSUMERS.items():
        for consumer in consumers:
            name = str(consumer.durable_name)
            yield name.partition("-")[0], stream, name


async def ensure_topology(js: JetStreamContext, replicas: int | None = None) -> None:
    """Bring the server to what is declared above. Safe to run again, by several at once, and on a newer version.

    Without `replicas` there stay as many as there are, one at first. Raises `nats.js.errors.APIError` when the server
    refuses, for example for want of storage.
    """
    copies = replicas or await replicas_of(js) or 1
    for stream in (*STREAMS, *(stream for _, stream in kept())):
        await _ensure_stream(js, replace(stream, num_replicas=copies, storage=StorageType.FILE))
        for consumer in CONSUMERS.get(str(stream.name), ()):
            await js.add_consumer(str(stream.name), consumer)


async def replicas_of(js: JetStreamContext) -> int | None:
    """How many nodes keep the steps, and so everything else; none before there is anything."""
    try:
        return (await js.stream_info(str(STREAMS[0].name))).config.num_replicas
    except NotFoundError:
        return None


async def _ensure_stream(js: JetStreamContext, stream: StreamConfig) -> None:
    try:
        await js.stream_info(str(stream.name))
    except NotFoundError:
        await js.add_stream(stream)
    else:
        await js.update_stream(stream)


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
