"""Where a server has drifted from what `topology` declares."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum

from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from spindle.shared.bus.difference import Difference
from spindle.shared.bus.topology import CONSUMERS, STREAMS, declared, kept, replicas_of, streams

_NOT_OURS = {"metadata", "name"}  # the server's own notes; a durable's second name
_BY_DEFAULT = {"max_waiting": 512}  # what the server fills in for itself; all the rest it leaves empty
_NOBODY_YET = "that is still looked for"
_UNSET = (None, "", "none", False, 0, -1, ())


async def drift(js: JetStreamContext, replicas: int | None = None) -> list[Difference]:
    """All that is missing, and every setting that differs; `ensure_topology` mends them.

    Without `replicas` there should be as many of everything as there are of the steps. How long events are kept is
    whatever the server has been told.
    """
    copies = replicas or await replicas_of(js)
    found: list[Difference] = []
    for stream in await streams(js):
        found += await _of_stream(js, f"stream {stream.name}", replace(stream, num_replicas=copies))
        for consumer in CONSUMERS.get(str(stream.name), ()):
            found += await _of_consumer(js, str(stream.name), consumer)
    for what, stream in kept():
        found += await _of_stream(js, what, replace(stream, num_replicas=copies))
    return found


async def strangers(js: JetStreamContext) -> list[str]:
    """Durable consumers of our work queues that nobody declares: they take messages away, or keep ours from being made.

    `consumer old of stream commands`.
    """
    found: list[str] = []
    for stream in STREAMS:
        if stream.retention is not RetentionPolicy.WORK_QUEUE:
            continue
        ours = {consumer.durable_name for consumer in CONSUMERS.get(str(stream.name), ())}
        theirs = {durable for durable in await _durables(js, str(stream.name)) if durable not in ours}
        found += [f"consumer {durable} of stream {stream.name}" for durable in sorted(theirs)]
    return found


async def behind(js: JetStreamContext) -> Mapping[str, int]:
    """Nodes that are away or have not caught up, each with the number of streams of which others have newer copies."""
    found: Counter[str] = Counter()
    for name in declared():
        try:
            info = await js.stream_info(name)
        except NotFoundError:
            continue
        replicas = (info.cluster.replicas or []) if info.cluster else []
        found.update(str(each.name) for each in replicas if each.offline or not each.current or each.lag)
        found.update([_NOBODY_YET] * ((info.config.num_replicas or 1) - 1 - len(replicas)))
    return found


async def _of_stream(js: JetStreamContext, what: str, wanted: StreamConfig) -> list[Difference]:
    try:
        has = (await js.stream_info(str(wanted.name))).config
    except NotFoundError:
        return [Difference(what)]
    return list(_differences(what, has, replace(wanted, storage=StorageType.FILE)))


async def _of_consumer(js: JetStreamContext, stream: str, wanted: ConsumerConfig) -> list[Difference]:
    what = f"consumer {wanted.durable_name} of stream {stream}"
    try:
        has = (await js.consumer_info(stream, str(wanted.durable_name))).config
    except NotFoundError:
        return [Difference(what)]
    return list(_differences(what, has, wanted))


async def _durables(js: JetStreamContext, stream: str) -> list[str]:
    try:
        return [str(one.config.durable_name) for one in await js.consumers_info(stream) if one.config.durable_name]
    except NotFoundError:
        return []


def _differences(
    what: str, has: StreamConfig | ConsumerConfig, wanted: StreamConfig | ConsumerConfig
) -> Iterator[Difference]:
    for field in fields(wanted):
        declared = getattr(wanted, field.name)
        is_set = _plain(getattr(has, field.name))
        should_be = _plain(_BY_DEFAULT.get(field.name) if declared is None else declared)
        if field.name not in _NOT_OURS and is_set != should_be:
            yield Difference(what, field.name, is_set, should_be)


def _plain(value: object) -> object:
    """Comparable, whatever the order of subjects; none for what stands for nothing."""
    if isinstance(value, list):
        value = tuple(sorted(map(str, value)))
    if isinstance(value, Enum):
        value = value.value
    if is_dataclass(value) and all(getattr(value, field.name) in _UNSET for field in fields(value)):
        return None
    return None if value in _UNSET else value
