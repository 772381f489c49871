"""The door of an endpoint family: closed by a 429 until its deadline, for every worker and through restarts.

Kept in the bucket `pace` under the family's name. Closing is a compare-and-swap that only ever moves a deadline back.
"""

from datetime import UTC, datetime

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import AwareDatetime, ValidationError

from spindle.shared.messages import Value

HISTORY = "history"
"""The family of recently-played."""


class Door(Value):
    """A closed door: nobody calls before `until`."""

    until: AwareDatetime
    why: str


class Doors:
    def __init__(self, kv: KeyValue) -> None:
        self._kv = kv

    async def read(self, family: str = HISTORY) -> Door | None:
        """The door as it was last closed; its deadline may have passed."""
        found = await self._read(family)
        return found[0] if found else None

    async def close(self, door: Door, family: str = HISTORY) -> None:
        """The later deadline of this one and the one that stands."""
        while True:
            found = await self._read(family)
            if found and found[0].until >= door.until:
                return
            try:
                if found:
                    await self._kv.update(family, door.model_dump_json().encode(), last=found[1])
                else:
                    await self._kv.create(family, door.model_dump_json().encode())
            except KeyWrongLastSequenceError:
                continue
            return

    async def _read(self, family: str) -> tuple[Door, int] | None:
        try:
            entry = await self._kv.get(family)
        except KeyNotFoundError:
            return None
        return _door(entry.value or b""), int(entry.revision or 0)


def _door(value: bytes) -> Door:
    """What cannot be read counts as open: Spotify itself says so when it is not."""
    try:
        return Door.model_validate_json(value)
    except ValidationError:
        return Door(until=datetime(2000, 1, 1, tzinfo=UTC), why="unreadable")
