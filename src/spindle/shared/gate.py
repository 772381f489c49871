"""May this step be done now? Asked before every call: a pause or a closed door counts from the next one on."""

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
        if held := await self.paused(step):
            return held
        door = await self._doors.read()
        at = now()
        if door and door.until > at:
            return put_off(step, at + spread(door.until - at, step.user), door.why)
        return None

    async def paused(self, step: Step) -> Outcome | None:
        """The same for a step that does not call Spotify: only a pause of its listener holds it."""
        kind, user = parts(step.job)
        return parked(step) if (await self._pauses.read(user)).holds(kind) else None
