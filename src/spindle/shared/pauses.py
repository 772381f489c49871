"""What is paused for a listener: decided by the scheduler, obeyed by the workers, kept in the bucket `pauses`."""

from collections.abc import Callable

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import Field, ValidationError

from spindle.shared.bus.patience import insist
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages import Value

ALL = "all"

_PURGED = "PURGE"


class Paused(Value):
    """Kinds of work, or `all`, and the sequence of the control that decided it: an older one is ignored."""

    what: frozenset[str] = frozenset()
    sequence: int = 0
    gone: bool = Field(False, exclude=True)
    """The listener was removed: nothing is begun for them any more. It is the key's absence that says so."""

    def holds(self, kind: Kind) -> bool:
        return ALL in self.what or kind in self.what

    def plus(self, what: str, sequence: int) -> "Paused":
        return Paused(what=self.what | {what}, sequence=sequence)

    def minus(self, what: str, sequence: int) -> "Paused":
        """Resuming `all` lifts every pause of the listener."""
        return Paused(what=frozenset() if what == ALL else self.what - {what}, sequence=sequence)


class Pauses:
    def __init__(self, kv: KeyValue) -> None:
        self._kv = kv

    async def read(self, user: UserId) -> Paused:
        return (await self._read(user))[0]

    async def decide(self, user: UserId, sequence: int, change: Callable[[Paused], Paused]) -> Paused:
        """What stands after control number `sequence`. One that was applied before or is too late changes nothing, and
        neither does one for a listener who is gone."""
        while True:
            stands, revision = await self._read(user)
            if stands.gone or stands.sequence >= sequence:
                return stands
            decided = change(stands)
            try:
                # Not `create`: it would bring back a key that was removed meanwhile.
                await self._kv.update(user, decided.model_dump_json().encode(), last=revision)
            except KeyWrongLastSequenceError:
                continue
            return decided

    async def forget(self, user: UserId) -> None:
        """Leaves a marker only, by which everybody knows that the listener is gone; also without a database."""
        await insist(lambda: self._kv.purge(user))

    async def _read(self, user: UserId) -> tuple[Paused, int]:
        try:
            entry = await self._kv.get(user)
        except KeyNotFoundError as absent:
            return Paused(gone=absent.op == _PURGED), 0
        return _paused(entry.value or b""), int(entry.revision or 0)


def _paused(value: bytes) -> Paused:
    """What cannot be read pauses everything, until the next control: better no call than one too many."""
    try:
        return Paused.model_validate_json(value)
    except ValidationError:
        return Paused(what=frozenset({ALL}))
