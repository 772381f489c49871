"""What has happened, newest first, page by page: read from the stream `events`, which remembers for some weeks."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from nats.aio.client import Client

from spindle.people.events import Event
from spindle.people.sparing import matters
from spindle.people.stretches import newest
from spindle.shared.ids import UserId
from spindle.shared.messages.jobs import JobProgressed

_PORTIONS = 20
"""That one page reads at most; each is some hundreds of events."""


class Topic(StrEnum):
    """What somebody may want to see only."""

    PLAYS = "plays"
    JOBS = "jobs"
    PEOPLE = "people"
    LIMITS = "limits"
    PROBLEMS = "problems"


_DOORS = ("doors.*.*",)
_SUBJECTS = {
    Topic.PLAYS: ("plays.recorded.{user}",),
    Topic.JOBS: ("jobs.*.{user}", "imports.*.{user}"),
    Topic.PEOPLE: ("users.*.{user}", "controls.answered.{user}"),
    Topic.LIMITS: _DOORS,
    Topic.PROBLEMS: (
        "jobs.failed.{user}",
        "users.disconnected.{user}",
        "users.expiring.{user}",
        "users.failing.{user}",
        "doors.closed.*",
    ),
}
_EVERYTHING = ("plays.*.{user}", *_SUBJECTS[Topic.JOBS], *_SUBJECTS[Topic.PEOPLE], *_DOORS)


@dataclass(frozen=True)
class Page:
    events: Sequence[Event]
    """Newest first."""
    next: int | None
    """Pass it as `before` to go on; none when nothing older is remembered."""


async def page(bus: Client, user: UserId | None, before: int | None, limit: int, only: Topic | None = None) -> Page:
    """What happened to a listener, or to everybody, before a number; a door concerns everybody.

    A page may hold fewer than there are: after so many that nobody is told of, the next one goes on. Raises `Broken`.
    """
    state = (await bus.jetstream().stream_info("events")).state
    oldest, end = max(state.first_seq, 1), min(before or state.last_seq + 1, state.last_seq + 1)
    subjects, told = _subjects(user, only), list[Event]()
    for _ in range(_PORTIONS):
        if end <= oldest or len(told) > limit:
            break
        end, found = await newest(bus, subjects, oldest, end)
        told += [event for event in reversed(found) if _is_told(event)]
    if len(told) > limit:
        return Page(told[:limit], told[limit - 1].sequence)
    return Page(told, end if end > oldest else None)


def _subjects(user: UserId | None, only: Topic | None) -> Sequence[str]:
    """No two of which take in the same event, for NATS refuses that."""
    wanted = _SUBJECTS[only] if only else _EVERYTHING
    return tuple(subject.format(user=user or "*") for subject in wanted)


def _is_told(event: Event) -> bool:
    """An import tells hundreds of times how far it is: that is a bar, and no history."""
    counts = isinstance(event.message, JobProgressed) and event.message.progress is not None
    return not counts and matters(event)
