"""What is under way for listeners and has an end: imports and initial syncs, and how far each has come."""

from collections.abc import Mapping

from nats.aio.client import Client

from spindle.people import asking, progress
from spindle.people.overview import Overview
from spindle.people.progress import Going
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.ask import AskJobs, JobRow
from spindle.shared.messages.jobs import Status

_SYNCS = 2000
"""Initial syncs that run at once, at most, whose pages are counted."""


async def underway(bus: Client, seen: Overview, most: int) -> Mapping[UserId, Going]:
    """By listener; an import rather than an initial sync, which may come to `most` pages."""
    syncs = await _syncs(bus, seen)
    found = {user: progress.of_initial(row, most, seen.at) for user, row in syncs.items()}
    return found | {user: progress.of_import(row, seen.at) for user, row in seen.imports.items()}


async def _syncs(bus: Client, seen: Overview) -> Mapping[UserId, JobRow]:
    if not any(one.initial_sync.running for one in seen.listeners):
        return {}
    of = seen.listeners[0].user if len(seen.listeners) == 1 else None
    question = AskJobs(user=of, status=Status.RUNNING, kind=Kind.INITIAL, limit=_SYNCS)
    return {row.user: row for row in await asking.jobs(bus, question)}
