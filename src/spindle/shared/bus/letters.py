"""What lies in a mailbox, as a value: rules may look at it without touching the bus."""

from dataclasses import dataclass
from datetime import UTC, datetime

from spindle.shared.messages.plays import Step

NEVER = datetime(2200, 1, 1, tzinfo=UTC)
"""A parked step is scheduled for then: moving a schedule leaves nothing behind, as emptying one more subject would."""


@dataclass(frozen=True)
class Letter:
    """What lies in a mailbox, and since when. `due_at` is none for a step that is to be done now."""

    subject: str
    sequence: int
    body: bytes
    since: datetime
    due_at: datetime | None = None

    @property
    def step(self) -> Step:
        """What all steps have in common. Raises `pydantic.ValidationError` for a body that is none."""
        return Step.decoded(self.body)

    @property
    def parked(self) -> bool:
        return self.due_at is not None and self.due_at >= NEVER
