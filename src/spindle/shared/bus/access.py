"""What each service does on the bus beside publishing its messages and consuming from its own durables."""

from collections.abc import Iterator
from dataclasses import dataclass

from spindle.shared.bus.topology import durables


@dataclass(frozen=True)
class Access:
    """Streams, durables, buckets and object stores by name."""

    reads: tuple[str, ...] = ()
    """Streams of which it reads a message by its number or its subject: NATS knows no smaller part of one."""
    empties: tuple[str, ...] = ()
    """Streams of which it removes what lies on a subject: NATS cannot say which subjects."""
    strikes: tuple[str, ...] = ()
    """Streams of which it removes single messages."""
    counts: tuple[str, ...] = ()
    """Streams of which it looks how much lies there or on a subject, for its work or its metrics."""
    watches: tuple[tuple[str, str], ...] = ()
    """Durables of others, behind their stream, of which it looks how much waits for them."""
    follows: tuple[str, ...] = ()
    """Streams that it reads from a place on, with consumers that it makes and lets go."""
    opens: tuple[str, ...] = ()
    """Buckets of which it reads a key."""
    changes: tuple[str, ...] = ()
    """Buckets of which it writes or removes a key."""
    repeats: tuple[str, ...] = ()
    """Subjects on which it says again what others have said."""
    stores: tuple[str, ...] = ()
    """Object stores that it fills, reads and empties."""
    inspects: bool = False
    """Whether it compares every stream, durable and bucket with what is declared, and looks how full they are."""

    @property
    def buckets(self) -> tuple[str, ...]:
        return tuple(sorted({*self.opens, *self.changes}))


ACCESS = {
    "recorder": Access(empties=("events",), counts=("facts",), opens=("pauses",)),
    "scheduler": Access(
        reads=("commands", "dead", "facts"),
        empties=("commands", "events"),
        strikes=("dead",),
        counts=("control", "dead"),
        watches=(("facts", "recorder-facts"),),
        opens=("pace", "pauses"),
        changes=("pauses", "tokens"),
        repeats=("facts.plays.*", "facts.users.*", "facts.archive.*"),
        stores=("uploads",),
    ),
    "poll_worker": Access(
        reads=("commands",),
        empties=("commands",),
        opens=("pace", "pauses", "tokens", "trials"),
        changes=("pace", "tokens", "trials"),
    ),
    "sync_worker": Access(
        reads=("commands",),
        empties=("commands",),
        counts=("facts",),
        opens=("pace", "pauses", "tokens", "trials"),
        changes=("pace", "tokens", "trials"),
        stores=("uploads",),
    ),
    "gateway": Access(
        reads=("dead",),
        watches=tuple((stream, durable) for _, stream, durable in durables()),
        follows=("events", "dead"),
        opens=("pace", "tokens"),
        changes=("pace", "tokens"),
        stores=("uploads",),
        inspects=True,
    ),
    "demo": Access(opens=("pace", "tokens"), changes=("pace", "tokens")),
}
"""By service, and of the demo's simulator, which links its listeners."""


def streams_of(service: str) -> Iterator[str]:
    """The streams behind the buckets and stores that a service needs."""
    access = ACCESS.get(service, Access())
    yield from (f"KV_{bucket}" for bucket in access.buckets)
    yield from (f"OBJ_{store}" for store in access.stores)


def durables_of(service: str) -> Iterator[tuple[str, str]]:
    """Each with its stream."""
    return ((stream, durable) for whose, stream, durable in durables() if whose == service)
