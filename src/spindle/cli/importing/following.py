"""What happens to one job, from a place in the stream of events on, through restarts of the server.

Raises `Problem` when its listener is removed: nothing is heard of it any more then.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from nats.aio.client import Client

from spindle.cli.finding import bus_url
from spindle.people.errors import Problem
from spindle.people.events import events
from spindle.shared.ids import JobId, parts
from spindle.shared.messages import Message
from spindle.shared.messages.imports import ImportUndone
from spindle.shared.messages.jobs import JobFinished, JobProgressed, Progress
from spindle.shared.messages.users import UserRemoved


async def place(connection: Client) -> int:
    """The number of the newest event: whoever follows from there hears of everything that is asked for from now on."""
    return (await connection.jetstream().stream_info("events")).state.last_seq


async def end(home: Path, job: JobId, after: int, told: Callable[[Progress], None]) -> JobFinished:
    """How it ended, and on the way how far it has come."""
    async with aclosing(_of(home, job, after)) as messages:
        async for message in messages:
            if isinstance(message, JobFinished):
                return message
            if isinstance(message, JobProgressed) and message.progress:
                told(message.progress)
    raise AssertionError("events have no end")


async def undone(home: Path, job: JobId, after: int) -> ImportUndone:
    async with aclosing(_of(home, job, after)) as messages:
        return await anext(message async for message in messages if isinstance(message, ImportUndone))


async def _of(home: Path, job: JobId, after: int) -> AsyncGenerator[Message, None]:
    _, user = parts(job)
    async with aclosing(events(lambda: bus_url(home), after)) as stream:
        async for event in stream:
            if isinstance(event.message, UserRemoved) and event.message.user == user:
                raise Problem(f"{event.message.name} was removed meanwhile, with everything that was recorded")
            if event.message and getattr(event.message, "job", None) == job:
                yield event.message
