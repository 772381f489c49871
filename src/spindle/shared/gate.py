"""May this step call Spotify now? Asked before every call: a pause or a closed door counts from the next one on."""

from spindle.shared.ids import now, parts
from spindle.shared.messages.plays import Step
from spindle.shared.outcomes import Outcome, parked, put_off, spread
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
        at = now()
        if door and door.until > at:
            return put_off(step, until=at + spread(door.until - at, user))
        return None
