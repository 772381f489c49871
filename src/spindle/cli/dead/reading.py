"""`dead list` and `dead show`: what nobody could handle, and why."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.markup import escape

from spindle.cli.finding import bus
from spindle.cli.seeing.tables import console, cut, lines, say, table_of
from spindle.people import asking, letters
from spindle.people.errors import Problem
from spindle.people.shapes import text
from spindle.people.wording import clock, command, count
from spindle.shared.bus import dead
from spindle.shared.ids import now


async def listed(home: Path, as_json: bool) -> None:
    async with bus(home) as connection:
        found = await letters.every(connection.jetstream())
        names = await asking.names(connection) if found else {}
    if as_json:
        lines([text([letters.row(each.number, each.letter, names) for each in found])])
        return
    _show(found, names)


async def shown(home: Path, number: int, as_json: bool) -> None:
    async with bus(home) as connection:
        found = await dead.letter(connection.jetstream(), number)
        names = await asking.names(connection)
    if found is None:
        raise Problem(f"there is no dead letter {number}: `{command('dead')}` lists them")
    letter = letters.read(found)
    if as_json:
        lines([text(letters.whole(number, letter, names))])
        return
    for name, value in letters.row(number, letter, names).items():
        if value is not None:
            say(f"{name.replace('_', ' ')}: {value}")
    lines(["", text(letters.body(letter)) if letters.is_json(letter) else letter.body])
    if not letter.whole:
        say("This is not all of the message: it cannot be retried.")


def _show(found: Sequence[letters.Numbered], names: Mapping[str, str]) -> None:
    if not found:
        say("There are no dead letters.")
        return
    table = table_of("letter>", "died", "was on", "name", "~why")
    for each in found:
        letter = each.letter
        where = ".".join(letter.was_on.split(".")[:2])
        name = names.get(letter.user or "", letter.user or "")
        table.add_row(str(each.number), clock(letter.died_at, now()), where, escape(name), cut(letter.why))
    console().print(table)
    say(
        f"{count(len(found), 'dead letter')}. `{command('dead show LETTER')}` tells all of one,"
        f" `{command('dead retry LETTER')}` tries it again when its cause is mended, `{command('dead drop LETTER')}`"
        " gives it up."
    )
