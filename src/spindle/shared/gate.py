"""May this step call Spotify now? Asked before every call: a pause or a closed door counts from the next one on."""

from datetime import timedelta
from uuid import UUID

from spindle.shared.bus.steps import Outcome, parked, put_off
from spindle.shared.ids import UserId, now, parts
from spindle.shared.messages.plays import Step
from spindle.shared.pauses import Pauses
from spindle.shared.spotify.door import Doors


class Gate:
    def __init__(self, pauses: Pauses, doors: Doors) -> None:
        self._pauses = pauses
        self._doors = doors

    async def held(self, step: Step) -> Outcome | None:
        """What becomes of the step instead; none when the way is free."""
        kind, user = parts(step.job)
        if (await self._pauses.read(user)).holds(kind):
            return parked(step)
        door = await self._doors.read()
        if door and door.until > now():
            return put_off(step, until=door.until + spread(user))
        return None


def spread(user: UserId) -> timedelta:
    """A few seconds that differ from listener to listener, so that an opened door is not stormed."""
    return timedelta(seconds=UUID(user).int % 997 / 100)
