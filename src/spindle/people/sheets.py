"""Rows for spreadsheets: CSV in which no text is taken for a formula."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from spindle.people import shapes
from spindle.people.coverage import Day
from spindle.people.heard import WEEKDAYS
from spindle.shared.messages import Value
from spindle.shared.messages.ask import Bar, Listening, PlayRow, RejectRow, RepeatRow, TopRow

DAY = ("day", "proof", "so_far")
REJECT = tuple(RejectRow.model_fields)
"""What is told of a reject, in this order."""
BAR = tuple(Bar.model_fields)
TOP = tuple(TopRow.model_fields)
REPEAT = tuple(RepeatRow.model_fields)
HOUR = ("weekday", "hour", "plays")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What such a text begins with. Whoever opens the file did not choose the titles in it."""


def play(row: PlayRow) -> str:
    told = shapes.play(row)
    return line(_one(told[column]) for column in shapes.PLAY)


def row(told: Value) -> str:
    """All its fields."""
    return line(_one(shapes.plain(field)) for field in dict(told).values())


def hours(found: Listening) -> Iterator[str]:
    for day, plays in zip(WEEKDAYS, found.hours, strict=False):
        for hour, number in enumerate(plays):
            yield line((day, hour, number))


def _one(cell: shapes.Json) -> object:
    """Several names in one cell."""
    return "; ".join(map(str, cell)) if isinstance(cell, list) else cell


def day(known: Day) -> str:
    return line((known.date, known.proof.value, str(known.so_far).lower()))


def line(cells: Iterable[object]) -> str:
    written = StringIO()
    csv.writer(written, lineterminator="\n").writerow([_plain(cell) for cell in cells])
    return written.getvalue()


def _plain(cell: object) -> object:
    """With what spreadsheets understand as: this is text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
