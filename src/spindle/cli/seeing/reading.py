"""Reading commands: status, plays, jobs, gaps."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from nats.aio.client import Client
from rich.text import Text

from spindle.cli.finding import bus, client
from spindle.cli.seeing import tables
from spindle.cli.seeing.portrait import portrayed
from spindle.people import asking, shapes, sheets
from spindle.people.heard import zone
from spindle.people.overview import look
from spindle.people.wording import ZONE
from spindle.shared.ids import UserId, now
from spindle.shared.messages.ask import AskJobs, AskPlays, PlayRow


async def status(home: Path, user: str | None, as_json: bool) -> None:
    async with bus(home) as connection:
        seen = await look(connection, client(home), user)
    if as_json:
        tables.lines([shapes.text(seen.shape())])
        return
    console = tables.console()
    for part in portrayed(seen, console.width):
        console.print(part, soft_wrap=isinstance(part, Text) and not console.is_terminal)


async def plays(
    home: Path, user: str, wanted: Callable[[UserId], AskPlays], newest: int | None, as_json: bool, as_csv: bool
) -> None:
    """Of one listener, by their clocks: only so many of the newest that are `wanted`, or without a number all."""
    async with bus(home) as connection:
        listener = await asking.listener(connection, user)
        ZONE.set(zone(listener))
        question = wanted(listener.user)
        found = _plays(connection, question, newest)
        if as_csv:
            await _write_csv(found)
        elif as_json:
            await _write_json(found)
        else:
            is_limited = question.model_dump(exclude={"user"}, exclude_defaults=True)
            tables.show_plays([play async for play in found], listener, "like that" if is_limited else None)


async def _plays(connection: Client, question: AskPlays, newest: int | None) -> AsyncIterator[PlayRow]:
    if newest is None:
        async for play in asking.plays(connection, question):
            yield play
    else:
        for play in await asking.newest_plays(connection, question, newest):
            yield play


async def _write_csv(found: AsyncIterator[PlayRow]) -> None:
    sys.stdout.write(sheets.line(shapes.PLAY))
    async for play in found:
        sys.stdout.write(sheets.play(play))


async def _write_json(found: AsyncIterator[PlayRow]) -> None:
    """One array, a play a line, written as it comes."""
    before = "["
    async for play in found:
        sys.stdout.write(f"{before}\n{shapes.text(shapes.play(play), None)}")
        before = ","
    sys.stdout.write("[]\n" if before == "[" else "\n]\n")


async def jobs(home: Path, user: str | None, wanted: AskJobs, as_json: bool) -> None:
    """Of one listener, of those that are `wanted`."""
    async with bus(home) as connection:
        of = (await asking.listener(connection, user)).user if user else None
        page = await asking.page_of_jobs(connection, wanted.model_copy(update={"user": of}))
    if as_json:
        tables.lines([shapes.text([shapes.job(row) for row in page.jobs])])
        return
    tables.show_jobs(page, now())


async def steps(home: Path, ending: str, as_json: bool) -> None:
    async with bus(home) as connection:
        job = await asking.job_ending(connection, ending)
        found = [step async for step in asking.steps(connection, job)]
    if as_json:
        tables.lines([shapes.text([shapes.plain(step) for step in found])])
        return
    tables.show_steps(found, job, now())


async def gaps(home: Path, user: str, as_json: bool) -> None:
    async with bus(home) as connection:
        listener = await asking.listener(connection, user)
        ZONE.set(zone(listener))
        found = await asking.gaps(connection, listener.user)
    if as_json:
        tables.lines([shapes.text([shapes.plain(gap) for gap in found])])
        return
    tables.show_gaps(found, listener)
