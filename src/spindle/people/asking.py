"""Questions to the recorder, and what its silence means."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TypeVar

import nats.errors
from nats.aio.client import Client
from pydantic import ValidationError

from spindle.people import course as courses
from spindle.people.course import Course
from spindle.people.errors import BadQuestion, NoAnswer, NoSuchListener, Problem
from spindle.people.wording import command
from spindle.shared.ids import JobId, now, parts
from spindle.shared.messages import Message, Value
from spindle.shared.messages.ask import (
    AskBelongings,
    AskCoverage,
    AskGaps,
    AskImports,
    AskJobs,
    AskListening,
    AskPlays,
    AskRejects,
    AskRepeats,
    AskSteps,
    AskTops,
    AskUsers,
    Belongings,
    Gap,
    Gaps,
    ImportRow,
    Imports,
    JobRow,
    Jobs,
    Listener,
    Listening,
    PlayRow,
    Plays,
    Refused,
    RejectRow,
    Rejects,
    RepeatRow,
    Repeats,
    StepRow,
    Steps,
    Tops,
    Users,
    Window,
    Windows,
)

PATIENCE = 5.0  # seconds for an answer
STARTING = 2.0  # seconds in which a recorder that is just starting may subscribe
_SHOWN = 10  # names in an error, at most
_DRAWN = 4000  # steps of a job that are put together
_ENDING = 4  # letters of an id that are enough to look for it
PAGE = 2000
"""Rows of an answer: a reply must stay under the megabyte that any NATS server carries."""

A = TypeVar("A", bound=Value)
P = TypeVar("P", Plays, Rejects, Steps)


async def ask(bus: Client, question: Message, answer: type[A]) -> A:
    """Raises `NoAnswer` when no recorder is there or it cannot answer now, `BadQuestion` when nobody ever could."""
    body = await _reply(bus, question)
    try:
        return answer.model_validate_json(body)
    except ValidationError:
        no = Refused.model_validate_json(body)
    raise (BadQuestion if no.wrong else NoAnswer)(f"the recorder says: {no.error}")


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


async def _pages(bus: Client, question: AskPlays | AskRejects | AskSteps, answer: type[P]) -> AsyncIterator[P]:
    """The whole answer, a page after the other."""
    question = question.model_copy(update={"limit": PAGE})
    while True:
        page = await ask(bus, question, answer)
        yield page
        if page.next is None:
            return
        question = question.model_copy(update={"after": page.next})


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


async def names(bus: Client, most: int = PAGE // 4) -> dict[str, str]:
    """By id, of so many listeners, the first to be linked first; of none when the recorder is silent."""
    try:
        found = await ask(bus, AskUsers(limit=most, coverage=False), Users)
    except Problem:
        return {}
    return {one.user: one.name for one in found.users}


async def plays(bus: Client, question: AskPlays) -> AsyncIterator[PlayRow]:
    """All that the question finds, page by page, oldest first."""
    async for page in _pages(bus, question, Plays):
        for play in page.plays:
            yield play


async def page_of_plays(bus: Client, question: AskPlays) -> Plays:
    """One page, which may lead on; of the latest, still oldest first."""
    return await ask(bus, question, Plays)


async def latest_plays(bus: Client, question: AskPlays) -> tuple[PlayRow, ...]:
    """The newest `limit`, still oldest first. Of those that are looked for, as many as one page finds."""
    return (await page_of_plays(bus, question.model_copy(update={"latest": True}))).plays


async def newest_plays(bus: Client, question: AskPlays, newest: int) -> Sequence[PlayRow]:
    """As many, however many pages that takes, and oldest first."""
    question, found = question.model_copy(update={"latest": True}), deque[PlayRow]()
    while len(found) < newest:
        limit = min(PAGE, newest - len(found))
        page = await page_of_plays(bus, question.model_copy(update={"limit": limit}))
        found.extendleft(reversed(page.plays))
        if page.next is None:
            break
        question = question.model_copy(update={"after": page.next})
    return found


async def listening(bus: Client, question: AskListening) -> Listening:
    return await ask(bus, question, Listening)


async def tops(bus: Client, question: AskTops) -> Tops:
    return await ask(bus, question, Tops)


async def repeats(bus: Client, question: AskRepeats) -> tuple[RepeatRow, ...]:
    return (await ask(bus, question, Repeats)).rows


async def windows(bus: Client, question: AskCoverage) -> tuple[Window, ...]:
    return (await ask(bus, question, Windows)).windows


async def belongings(bus: Client, user: str) -> Belongings:
    return await ask(bus, AskBelongings(user=user), Belongings)


async def page_of_jobs(bus: Client, question: AskJobs) -> Jobs:
    return await ask(bus, question, Jobs)


async def jobs(bus: Client, question: AskJobs) -> tuple[JobRow, ...]:
    return (await page_of_jobs(bus, question)).jobs


async def job(bus: Client, wanted: JobId) -> JobRow | None:
    """The one of this id."""
    found = await jobs(bus, AskJobs(user=parts(wanted)[1], ending=wanted, limit=1))
    return found[0] if found else None


async def steps(bus: Client, of: JobRow) -> AsyncIterator[StepRow]:
    """What the books say of a job, as it came about, page by page."""
    async for page in _pages(bus, AskSteps(user=of.user, job=of.job), Steps):
        for step in page.steps:
            yield step


async def course(bus: Client, of: JobRow) -> Course:
    """What it did, from when to when: of very long jobs their first steps."""
    found: list[StepRow] = []
    async for step in steps(bus, of):
        found.append(step)
        if len(found) == _DRAWN:
            break
    return courses.course(of, found, now())


async def gaps(bus: Client, user: str) -> tuple[Gap, ...]:
    return (await ask(bus, AskGaps(user=user), Gaps)).gaps


async def imports(bus: Client, question: AskImports) -> tuple[ImportRow, ...]:
    return (await ask(bus, question, Imports)).imports


async def imported(bus: Client, wanted: JobId, files: bool = False) -> ImportRow | None:
    """The import of this id, on request with what became of its files."""
    found = await imports(bus, AskImports(user=parts(wanted)[1], ending=wanted, files=files, limit=1))
    return found[0] if found else None


async def rejects(bus: Client, of: ImportRow) -> AsyncIterator[RejectRow]:
    """All rows of an import that could not be read, page by page."""
    async for page in _pages(bus, AskRejects(user=of.user, job=of.job), Rejects):
        for each in page.rejects:
            yield each


async def job_ending(bus: Client, ending: str) -> JobRow:
    """The one job whose id ends so; of several, the only one that still runs."""
    found = await jobs(bus, AskJobs(ending=_letters("job", ending), limit=100))
    if not found:
        raise Problem(f"no job ends in {ending!r}: `{command('jobs')}` lists them")
    running = [job for job in found if job.status == "running"]
    if len(found) > 1 and len(running) != 1:
        raise Problem(f"{len(found)} jobs end in {ending!r}: give more of the id")
    return (running or list(found))[0]


async def import_ending(bus: Client, ending: str, files: bool = False) -> ImportRow:
    """The one import whose id ends so."""
    found = await imports(bus, AskImports(ending=_letters("import", ending), files=files, limit=2))
    if not found:
        raise Problem(f"no import ends in {ending!r}: `{command('imports')}` lists them")
    if len(found) > 1:
        raise Problem(f"several imports end in {ending!r}: give more of the id")
    return found[0]


def _letters(thing: str, ending: str) -> str:
    """As they stand in an id, without the sign for what was left out."""
    letters = ending.lstrip("….").lower()
    if len(letters) < _ENDING:
        raise Problem(f"give the {thing}'s id, or at least {_ENDING} letters of its end")
    return letters
