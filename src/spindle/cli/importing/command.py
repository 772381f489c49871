"""`import`: from the files on a disk to the job that imports them, and on request to its receipt."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spindle.cli.finding import bus
from spindle.cli.importing import following, tables
from spindle.cli.importing.choosing import chosen
from spindle.cli.importing.sending import Sending, Started
from spindle.cli.importing.showing import Display, display
from spindle.cli.importing.silence import explained
from spindle.cli.seeing.tables import lines, say
from spindle.people import asking, receipts
from spindle.people.errors import NoAnswer
from spindle.people.importing import held, must_not_be_paused
from spindle.people.shapes import text
from spindle.people.wording import command, count
from spindle.shared.bus.errors import BusError
from spindle.shared.ids import JobId
from spindle.shared.messages.ask import ImportRow, Listener
from spindle.shared.messages.jobs import Progress, Status

_RECEIPT_WITHIN = 60.0  # seconds; a recorder that is just restarting has it when it is back
_AGAIN = 0.2


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
        must_not_be_paused(listener, command(f"resume {listener.name} {held(listener)}"))
    started = await Sending(home, listener, shown).start(files, wanted.dry_run)
    if not wanted.wait:
        _say_started(started.job, listener, len(files), wanted)
        return 0
    return await _waited(home, started, shown, wanted.as_json)


async def _waited(home: Path, started: Started, shown: Display, as_json: bool) -> int:
    try:
        await _ended(home, started, shown)
        row = await _receipt(home, started.job)
    except asyncio.CancelledError:
        shown.say(f"The import goes on. {_follow(started.job)}")
        raise
    if as_json:
        lines([text(receipts.receipt(row))])
    else:
        tables.show_receipt(row)
    return 0 if row.status in (Status.SUCCESS, Status.PARTIAL) else 1


async def _ended(home: Path, started: Started, shown: Display) -> None:
    with shown.going("waiting for a worker") as show:
        async with explained(home, shown) as heard:

            def told(progress: Progress) -> None:
                heard()
                show(progress)

            await following.end(home, started.job, started.after, told)


async def _receipt(home: Path, job: JobId) -> ImportRow:
    """One that was cancelled at once has none yet in the moment in which its job ends."""
    time = asyncio.get_running_loop().time
    give_up = time() + _RECEIPT_WITHIN
    silent = "there is no receipt"
    while time() < give_up:
        try:
            async with bus(home) as connection:
                if row := await asking.imported(connection, job, files=True):
                    return row
        except (NoAnswer, BusError) as error:
            silent = str(error)
        await asyncio.sleep(_AGAIN)
    raise NoAnswer(f"the import has ended, but {silent}; `{command('imports')}` lists it")


def _say_started(job: JobId, listener: Listener, files: int, wanted: Wanted) -> None:
    if wanted.as_json:
        lines([text({"import": job, "user": listener.user, "status": "running", "dry_run": wanted.dry_run})])
        return
    what = "A dry run" if wanted.dry_run else "The import"
    say(f"{what} of {count(files, 'file')} for {listener.name} has started. {_follow(job)}")


def _follow(job: JobId) -> str:
    receipt = command(f"receipt {job[-8:]}")
    return f"`{command('watch')}` and `{command('imports')}` follow it, `{receipt}` shows what became of its rows."
