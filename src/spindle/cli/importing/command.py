"""`import`: from the files on a disk to the job that imports them, and on request to its receipt."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spindle.cli import asking
from spindle.cli.errors import CommandError, NoAnswer
from spindle.cli.finding import bus
from spindle.cli.importing import following, shapes, tables
from spindle.cli.importing.choosing import chosen
from spindle.cli.importing.sending import Sending, Started
from spindle.cli.importing.showing import Display, display
from spindle.cli.seeing.shapes import text
from spindle.cli.seeing.tables import lines, say
from spindle.cli.wording import command, count
from spindle.shared.bus.errors import BusError
from spindle.shared.ids import JobId, Kind
from spindle.shared.messages.ask import ImportRow, Listener
from spindle.shared.messages.jobs import Status

_RECEIPT_WITHIN = 60.0  # seconds; a recorder that is just restarting has it when it is back


@dataclass(frozen=True)
class Wanted:
    user: str
    files: Sequence[Path]
    dry_run: bool = False
    wait: bool = False
    as_json: bool = False


async def import_files(home: Path, wanted: Wanted) -> int:
    """The exit code. Without `wait` it ends when the import has started, which may be after the end of another one."""
    files, shown = chosen(wanted.files), display(wanted.as_json)
    async with bus(home) as connection:
        listener = await asking.listener(connection, wanted.user)
        _must_not_be_paused(listener)
    started = await Sending(home, listener, shown).start(files, wanted.dry_run)
    if not wanted.wait:
        _say_started(started.job, listener, wanted)
        return 0
    return await _waited(home, started, shown, wanted.as_json)


async def _waited(home: Path, started: Started, shown: Display, as_json: bool) -> int:
    try:
        with shown.going("waiting for a worker") as told:
            await following.end(home, started.job, started.after, told)
        row = await _receipt(home, started.job)
    except asyncio.CancelledError:
        shown.say(f"The import goes on. {_follow(started.job)}")
        raise
    if as_json:
        lines([text(shapes.receipt(row))])
    else:
        tables.show_receipt(row)
    return 0 if row.status in (Status.SUCCESS, Status.PARTIAL) else 1


async def _receipt(home: Path, job: JobId) -> ImportRow:
    time = asyncio.get_running_loop().time
    give_up = time() + _RECEIPT_WITHIN
    while True:
        try:
            async with bus(home) as connection:
                return await asking.import_ending(connection, job, files=True)
        except (NoAnswer, BusError) as silent:
            if time() > give_up:
                raise NoAnswer(f"the import has ended, but {silent}; `{command('imports')}` lists it") from silent


def _must_not_be_paused(listener: Listener) -> None:
    """The scheduler would refuse it, when everything is uploaded."""
    held = next((what for what in ("all", Kind.ARCHIVE.value) if what in listener.paused), None)
    if held:
        again = command(f"resume {listener.name} {held}")
        raise CommandError(f"{'everything' if held == 'all' else 'importing'} is paused for {listener.name}: `{again}`")


def _say_started(job: JobId, listener: Listener, wanted: Wanted) -> None:
    if wanted.as_json:
        lines([text({"import": job, "user": listener.user, "status": "running", "dry_run": wanted.dry_run})])
        return
    what = "A dry run" if wanted.dry_run else "The import"
    say(f"{what} of {count(len(wanted.files), 'file')} for {listener.name} has started. {_follow(job)}")


def _follow(job: JobId) -> str:
    receipt = command(f"receipt {job[-8:]}")
    return f"`{command('watch')}` and `{command('imports')}` follow it, `{receipt}` shows what became of its rows."
