"""What a follower is told at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from spindle.gateway.live.backlog import Block
from spindle.people.events import Event

_GONE = "these are not kept any more"


@dataclass(frozen=True)
class Missed:
    """What nobody can tell any more: from one number to another, or, without numbers, all that was before."""

    first: int | None
    last: int | None
    why: str


@dataclass(frozen=True)
class News:
    """What follows on the news before; perhaps nothing."""

    events: Sequence[Event]
    at: int
    """Everything up to this number has been told."""
    missed: Missed | None = None
    """Before these events."""
    behind: bool = False
    """There is more that has happened already."""

    def only(self, wanted: Callable[[Event], bool]) -> "News":
        return replace(self, events=[event for event in self.events if wanted(event)])


def from_block(block: Block, at: int) -> News:
    """What a block tells behind a number, and which events have gone in between."""
    found = [event for event in block.events if event.sequence > at]
    gone = min(found[0].sequence if found else block.kept_from, block.kept_from) - 1
    missed = Missed(at + 1, gone, _GONE) if gone > at else None
    reached = max(at, gone, found[-1].sequence if found else block.reaches)
    return News(found, reached, missed, behind=True)
