"""Imports and their receipts for people."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from spindle.cli.seeing.tables import coloured, console, cut, say, short, table_of
from spindle.people.receipts import MEANT, NOTHING_KEPT, headline
from spindle.people.wording import command, count
from spindle.shared.messages.ask import ImportRow, RejectRow
from spindle.shared.messages.imports import Buckets
from spindle.shared.messages.jobs import Status

_FILES = 60
"""Lines of a table; programs get all of them."""


def show_receipt(row: ImportRow) -> None:
    say(headline(row))
    if row.error and not any(each.error for each in row.files):  # those say the same
        say(row.error)
    if row.rows and row.status not in NOTHING_KEPT:
        place = console()
        place.print(_table(row), width=max(place.width, place.measure(_table(row)).minimum), crop=False)
        for line in _more(row):
            say(line)


def show_imports(found: Sequence[ImportRow], now: datetime) -> None:
    if not found:
        say(f"No imports yet. `{command('import USER FILE')}` starts one.")
        return
    table = table_of("import", "~name", "started", "status", "rows>", "new>", "merged>", "duplicate>")
    for row in found:
        buckets = row.buckets
        numbers = (row.rows, buckets.new, buckets.merged, buckets.duplicate)
        table.add_row(
            short(row.job),
            cut(row.name),
            _day(row.started_at, now),
            _status(row),
            *(f"{number:,}" for number in numbers),
        )
    console().print(table)


def show_rejects(found: Sequence[RejectRow], row: ImportRow) -> None:
    if not found:
        say(f"Every row of the import {short(row.job)} could be read.")
        return
    table = table_of("~file", "position>", "reason")
    for reject in found:
        table.add_row(cut(reject.file), f"{reject.position:,}", Text(reject.reason))
    console().print(table)


def _table(row: ImportRow) -> Table:
    occurring = [name for name, number in row.buckets if number]
    table = table_of("~file", "rows>", *(f"{name.replace('_', ' ')}>" for name in occurring))
    table.columns[0].min_width = 12
    names = Counter(_last(each.name) for each in row.files)
    for each in row.files[:_FILES]:
        name = _last(each.name) if names[_last(each.name)] == 1 else each.name
        table.add_row(cut(name), *_numbers(each.rows, each.buckets, occurring))
    if row.file_count > len(row.files[:_FILES]):
        table.add_row(Text(f"… and {row.file_count - len(row.files[:_FILES]):,} more"))
    if row.file_count > 1:
        table.add_row(Text("all", style="bold"), *_numbers(row.rows, row.buckets, occurring), style="bold")
    return table


def _last(name: str) -> str:
    """Without the folders, which are the same for all as a rule."""
    return name.rpartition("/")[2]


def _numbers(rows: int, buckets: Buckets, occurring: Sequence[str]) -> Iterator[str]:
    yield f"{rows:,}"
    numbers = dict(buckets)
    yield from (f"{numbers[name]:,}" for name in occurring)


def _more(row: ImportRow) -> Iterator[str]:
    meant = [f"{name.replace('_', ' ')}: {MEANT[name]}" for name, number in row.buckets if number and name in MEANT]
    if meant:
        yield f"({'; '.join(meant)})"
    if row.earliest and row.latest:
        yield f"Plays from {row.earliest.astimezone():%Y-%m-%d} to {row.latest.astimezone():%Y-%m-%d}."
    for each in row.files:
        if each.error:
            yield f"{each.name}: {each.error}"
    if row.buckets.invalid:
        listed = command(f"receipt {row.job[-8:]} --rejected")
        yield f"{count(row.buckets.invalid, 'row')} could not be read; `{listed}` lists which and why."
    yield from _afterwards(row)


def _afterwards(row: ImportRow) -> Iterator[str]:
    if row.undone_at:
        yield "It was undone: what it alone had brought is gone."
    elif row.dry_run:
        yield "This was a dry run: nothing was changed."
    elif row.buckets.new + row.buckets.merged + row.buckets.duplicate + row.buckets.short:
        yield f"`{command(f'undo {row.job[-8:]}')}` takes back what it brought."


def _day(at: datetime, now: datetime) -> str:
    """Of today the time: there is no room for more."""
    here = at.astimezone()
    return here.strftime("%H:%M:%S" if here.date() == now.astimezone().date() else "%Y-%m-%d")


def _status(row: ImportRow) -> str:
    if row.undone_at or row.revoked_at:
        ended_well = row.status in (Status.SUCCESS, Status.PARTIAL)
        return ("undone" if row.undone_at else "undoing") if ended_well else coloured(row.status)
    return "dry run" if row.dry_run and row.status is Status.SUCCESS else coloured(row.status)
