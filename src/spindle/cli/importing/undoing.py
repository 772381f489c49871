"""`undo`: taking back what an import brought, and saying how much that was."""

import asyncio
from pathlib import Path

from spindle.cli.finding import bus
from spindle.cli.importing import following
from spindle.cli.importing.showing import display
from spindle.cli.seeing.tables import lines, say, short
from spindle.people import asking
from spindle.people.errors import Refused
from spindle.people.shapes import plain, text
from spindle.people.steering import asked, request
from spindle.people.wording import command, count
from spindle.shared.messages.control import Undo
from spindle.shared.messages.imports import ImportUndone


async def undo(home: Path, ending: str, as_json: bool) -> int:
    """Ends when everything is taken back."""
    async with bus(home) as connection:
        after = await following.place(connection)
        row = await asking.import_ending(connection, ending)
        answer = await asked(connection, Undo(job=row.job, request=request()))
    if not answer.done:
        raise Refused(answer.why)
    shown = display(as_json)
    try:
        with shown.going(f"taking back {row.rows:,} rows"):
            taken = await following.undone(home, row.job, after)
    except asyncio.CancelledError:
        shown.say(f"It is being taken back all the same; `{command('imports')}` says when that is done.")
        raise
    _tell(taken, as_json)
    return 0


def _tell(taken: ImportUndone, as_json: bool) -> None:
    if as_json:
        told = {"import": taken.job, "user": taken.user, "name": taken.name}
        lines([text({**told, "removed": taken.removed, "undone_at": plain(taken.undone_at)})])
        return
    kept = "Plays that a poll or another import had seen too have stayed."
    say(f"The import {short(taken.job)} is undone: {count(taken.removed, 'play')} of {taken.name} taken back. {kept}")
