"""Reading commands: status, plays, jobs, gaps."""

import csv
import sys
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nats.aio.client import Client
from rich.text import Text

from spindle.cli import asking
from spindle.cli.finding import bus
from spindle.cli.seeing import shapes, tables
from spindle.cli.seeing.overview import look
from spindle.cli.seeing.portrait import portrayed
from spindle.shared.ids import now
from spindle.shared.messages.ask import AskJobs, AskPlays, PlayRow
from spindle.shared.messages.jobs import Status


async def status(home: Path, user: str | None, as_json: bool) -> None:
    async with bus(home) as connection:
        seen = await look(home, connection, user)
    if as_json:
        tables.lines([shapes.text(seen.shape())])
        return
    console = tables.console()
    for part in portrayed(seen, console.width):
        console.print(part, soft_wrap=isinstance(part, Text) and not console.is_terminal)


@dataclass(frozen=True)
class Wanted:
    """Which plays: the newest `limit`, or without a limit all, of those since and until."""

    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None


async def plays(home: Path, user: str, wanted: Wanted, as_json: bool, as_csv: bool) -> None:
    async with bus(home) as connection:
        listener = await asking.listener(connection, user)
        found = _plays(connection, AskPlays(user=listener.user, since=wanted.since, until=wanted.until), wanted.limit)
        if as_csv:
            await _write_csv(found)
        elif as_json:
            await _write_json(found)
        else:
            between = "in that time" if wanted.since or wanted.until else None
            tables.show_plays([play async for play in found], listener.name, between)


async def _plays(connection: Client, question: AskPlays, limit: int | None) -> AsyncIterator[PlayRow]:
    if limit is None:
        async for play in asking.plays(connection, question):
            yield play
    elif limit <= asking.PAGE:
        for play in await asking.latest_plays(connection, question.model_copy(update={"limit": limit})):
            yield play
    else:
        newest: deque[PlayRow] = deque(maxlen=limit)
        async for play in asking.plays(connection, question):
            newest.append(play)
        for play in newest:
            yield play


async def _write_csv(found: AsyncIterator[PlayRow]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(shapes.PLAY)
    async for play in found:
        row = {**shapes.play(play), "artists": "; ".join(play.artists)}
        writer.writerow([row[column] for column in shapes.PLAY])


async def _write_json(found: AsyncIterator[PlayRow]) -> None:
    """One array, a play a line, written as it comes."""
    before = "["
    async for play in found:
        sys.stdout.write(f"{before}\n{shapes.text(shapes.play(play), None)}")
        before = ","
    sys.stdout.write("[]\n" if before == "[" else "\n]\n")


async def jobs(home: Path, user: str | None, limit: int, status: Status | None, as_json: bool) -> None:
    async with bus(home) as connection:
        of = (await asking.listener(connection, user)).user if user else None
        found = await asking.jobs(connection, AskJobs(user=of, limit=limit, status=status))
    if as_json:
        tables.lines([shapes.text([shapes.job(row) for row in found])])
        return
    tables.show_jobs(found, now())


async def gaps(home: Path, user: str, as_json: bool) -> None:
    async with bus(home) as connection:
        listener = await asking.listener(connection, user)
        found = await asking.gaps(connection, listener.user)
    if as_json:
        tables.lines([shapes.text([shapes.plain(gap) for gap in found])])
        return
    tables.show_gaps(found, listener)
