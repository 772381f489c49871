"""Questions to the recorder, and what its silence means."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TypeVar

import nats.errors
from nats.aio.client import Client

from spindle.cli.errors import CommandError, NoAnswer, NoSuchListener, Refused
from spindle.cli.wording import command
from spindle.shared.messages import Message, Value
from spindle.shared.messages.ask import (
    AskGaps,
    AskImports,
    AskJobs,
    AskPlays,
    AskRejects,
    AskUsers,
    Gap,
    Gaps,
    ImportRow,
    Imports,
    JobRow,
    Jobs,
    Listener,
    PlayRow,
    Plays,
    RejectRow,
    Rejects,
    Users,
)

PATIENCE = 5.0  # seconds for an answer
STARTING = 2.0  # seconds in which a recorder that is just starting may subscribe
_SHOWN = 10  # names in an error, at most
_ENDING = 4  # letters of an id that are enough to look for it
PAGE = 2000
"""Rows of an answer: a reply must stay under the megabyte that any NATS server carries."""

A = TypeVar("A", bound=Value)


async def ask(bus: Client, question: Message, answer: type[A]) -> A:
    """Raises `NoAnswer` when no recorder is there, `Refused` with what it says against the question."""
    body = json.loads(await _reply(bus, question))
    if isinstance(body, dict) and "error" in body:
        raise Refused(f"the recorder says: {body['error']}")
    return answer.model_validate(body)


async def _reply(bus: Client, question: Message) -> bytes:
    time = asyncio.get_running_loop().time
    give_up = time() + STARTING
    while True:
        try:
            return (await bus.request(question.on, question.encoded(), timeout=PATIENCE)).data
        except nats.errors.NoRespondersError:
            if time() > give_up:
                raise NoAnswer("the recorder does not answer: it is not running, or not yet") from None
            await asyncio.sleep(0.1)
        except (TimeoutError, nats.errors.TimeoutError):
            raise NoAnswer(f"the recorder does not answer within {PATIENCE:.0f} s") from None


async def listener(bus: Client, wanted: str) -> Listener:
    """The one of this name or id."""
    found = (await ask(bus, AskUsers(user=wanted, limit=1), Users)).users
    if found:
        return found[0]
    others = await ask(bus, AskUsers(limit=_SHOWN), Users)
    raise NoSuchListener(wanted, [other.name for other in others.users], others.more)


async def everybody(
    bus: Client, after: str | None = None, unwell_since: datetime | None = None
) -> AsyncIterator[Listener]:
    """In order of their ids, which is the order in which they came: all, those after one, or only the unwell."""
    while True:
        page = await ask(bus, AskUsers(after=after, limit=PAGE // 4, unwell_since=unwell_since), Users)
        for one in page.users:
            yield one
        if not page.more:
            return
        after = page.users[-1].user


async def names(bus: Client) -> dict[str, str]:
    """By id, of the first few hundred listeners; of none when the recorder is silent."""
    try:
        found = await ask(bus, AskUsers(limit=PAGE // 4), Users)
    except CommandError:
        return {}
    return {one.user: one.name for one in found.users}


async def plays(bus: Client, question: AskPlays) -> AsyncIterator[PlayRow]:
    """All that the question finds, page by page, oldest first."""
    at: str | None = None
    while True:
        page = await ask(bus, question.model_copy(update={"after": at, "limit": PAGE}), Plays)
        for play in page.plays:
            yield play
        if page.next is None:
            return
        at = page.next


async def latest_plays(bus: Client, question: AskPlays) -> tuple[PlayRow, ...]:
    return (await ask(bus, question.model_copy(update={"latest": True}), Plays)).plays


async def jobs(bus: Client, question: AskJobs) -> tuple[JobRow, ...]:
    return (await ask(bus, question, Jobs)).jobs


async def gaps(bus: Client, user: str) -> tuple[Gap, ...]:
    return (await ask(bus, AskGaps(user=user), Gaps)).gaps


async def imports(bus: Client, question: AskImports) -> tuple[ImportRow, ...]:
    return (await ask(bus, question, Imports)).imports


async def rejects(bus: Client, of: ImportRow) -> AsyncIterator[RejectRow]:
    """All rows of an import that could not be read, page by page."""
    at: str | None = None
    while True:
        page = await ask(bus, AskRejects(user=of.user, job=of.job, after=at, limit=PAGE), Rejects)
        for each in page.rejects:
            yield each
        if page.next is None:
            return
        at = page.next


async def job_ending(bus: Client, ending: str) -> JobRow:
    """The one job whose id ends so; of several, the only one that still runs."""
    found = await jobs(bus, AskJobs(ending=_letters("job", ending), limit=100))
    if not found:
        raise CommandError(f"no job ends in {ending!r}: `{command('jobs')}` lists them")
    running = [job for job in found if job.status == "running"]
    if len(found) > 1 and len(running) != 1:
        raise CommandError(f"{len(found)} jobs end in {ending!r}: give more of the id")
    return (running or list(found))[0]


async def import_ending(bus: Client, ending: str, files: bool = False) -> ImportRow:
    """The one import whose id ends so."""
    found = await imports(bus, AskImports(ending=_letters("import", ending), files=files, limit=2))
    if not found:
        raise CommandError(f"no import ends in {ending!r}: `{command('imports')}` lists them")
    if len(found) > 1:
        raise CommandError(f"several imports end in {ending!r}: give more of the id")
    return found[0]


def _letters(thing: str, ending: str) -> str:
    """As they stand in an id, without the sign for what was left out."""
    letters = ending.lstrip("….").lower()
    if len(letters) < _ENDING:
        raise CommandError(f"give the {thing}'s id, or at least {_ENDING} letters of its end")
    return letters
