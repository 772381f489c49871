"""May this step be done now? Asked before every call: a pause counts from the next one on."""

from datetime import datetime, timedelta
from functools import partial

from spindle.shared.ids import parts
from spindle.shared.messages.plays import Step
from spindle.shared.outcomes import Outcome, parked
from spindle.shared.pauses import Pauses
from spindle.shared.spotify.line import Turn
from spindle.shared.spotify.pace import Urgency


class Paused(Exception):
    """The step's listener is paused or gone; the outcome is what becomes of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Gate:
    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses

    def turn(self, step: Step, urgency: Urgency, by: datetime | None = None, patience: timedelta | None = None) -> Turn:
        """With which the step calls Spotify: a pause that comes while it waits for it still counts. `by` is when it
        must have called; without that, since when it is due decides who goes first."""
        return Turn(urgency, by or step.due_at or step.started_at, partial(self.check, step), patience)

    async def check(self, step: Step) -> None:
        """Raises `Paused`."""
        if outcome := await self.paused(step):
            raise Paused(outcome)

    async def paused(self, step: Step) -> Outcome | None:
        """What becomes of the step instead; none when the way is free. When its listener is gone, so is the job."""
        kind, user = parts(step.job)
        paused = await self._pauses.read(user)
        if paused.gone:
            return Outcome()
        return parked(step) if paused.holds(kind) else None
