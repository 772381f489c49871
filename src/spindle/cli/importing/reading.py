"""`imports` and `receipt`: what was imported, and what became of every row."""

from pathlib import Path

from spindle.cli.finding import bus
from spindle.cli.importing import tables
from spindle.cli.seeing.tables import lines
from spindle.people import asking, receipts
from spindle.people.shapes import plain, text
from spindle.shared.ids import now
from spindle.shared.messages.ask import AskImports, RejectRow


async def imports(home: Path, user: str | None, limit: int, as_json: bool) -> None:
    async with bus(home) as connection:
        of = (await asking.listener(connection, user)).user if user else None
        found = await asking.imports(connection, AskImports(user=of, limit=limit))
    if as_json:
        lines([text([receipts.told(row) for row in found])])
    else:
        tables.show_imports(found, now())


async def receipt(home: Path, ending: str, as_json: bool) -> None:
    async with bus(home) as connection:
        row = await asking.import_ending(connection, ending, files=True)
    if as_json:
        lines([text(receipts.receipt(row))])
    else:
        tables.show_receipt(row)


async def rejected(home: Path, ending: str, as_json: bool) -> None:
    async with bus(home) as connection:
        row = await asking.import_ending(connection, ending)
        found: list[RejectRow] = [each async for each in asking.rejects(connection, row)]
    if as_json:
        lines([text([plain(each) for each in found])])
    else:
        tables.show_rejects(found, row)
