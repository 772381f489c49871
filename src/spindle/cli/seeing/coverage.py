"""`coverage`: which days are known, as calendars of letters."""

import sys
from calendar import month_abbr, monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

from rich.text import Text

from spindle.cli.finding import bus
from spindle.cli.seeing import tables
from spindle.people import asking, missing, sheets
from spindle.people.coverage import Day, Proof, days, gaps
from spindle.people.heard import zone
from spindle.people.shapes import text
from spindle.people.wording import ZONE
from spindle.shared.messages.ask import AskCoverage, Listener, Window

_SIGNS = {Proof.COMPLETE: "■", Proof.IMPORTED: "▣", Proof.PARTIAL: "◪", Proof.GAP: "□"}
_COLOURS = {Proof.COMPLETE: "green", Proof.IMPORTED: "blue", Proof.PARTIAL: "yellow", Proof.GAP: "red"}
_BEYOND = "·"


async def coverage(home: Path, user: str, as_json: bool, as_csv: bool) -> None:
    async with bus(home) as connection:
        one = await asking.listener(connection, user)
        windows = await asking.windows(connection, AskCoverage(user=one.user))
    if as_json:
        tables.lines([text({"user": one.user, "name": one.name, **missing.told(windows, zone(one))})])
    elif as_csv:
        sys.stdout.write(sheets.line(sheets.DAY))
        sys.stdout.writelines(map(sheets.day, days(windows, zone(one))))
    else:
        _show(one, windows)


def _show(one: Listener, windows: Sequence[Window]) -> None:
    where = zone(one)
    ZONE.set(where)
    known = days(windows, where)
    if not known:
        tables.say(f"Nothing is known of {one.name} yet: the first page of plays proves something.")
        return
    console = tables.console()
    for number, of in groupby(known, key=lambda day: day.date.year):
        year = list(of)
        console.print(Text(f"{number}  {missing.counted(year)}", style="bold"))
        for month in range(1, 13):
            console.print(_month(date(number, month, 1), {day.date: day for day in year}))
    console.print(_legend())
    tables.say(missing.summary(windows, gaps(windows)))
    tables.say(f"Days are those of {where.key}. {missing.before_all(windows)} {missing.after_all(windows, one)}")


def _month(first: date, known: Mapping[date, Day]) -> Text:
    drawn = Text(f"{month_abbr[first.month]} ")
    for number in range(monthrange(first.year, first.month)[1]):
        day = known.get(first.replace(day=number + 1))
        drawn.append(_SIGNS[day.proof] if day else _BEYOND, _COLOURS[day.proof] if day else "dim")
    return drawn


def _legend() -> Text:
    drawn = Text()
    for proof, sign in _SIGNS.items():
        drawn.append(sign, _COLOURS[proof]).append(f" {missing.CALLED[proof]}   ")
    return drawn
