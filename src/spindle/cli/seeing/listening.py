"""What somebody listened to, for a terminal: sums, bars, hours of the week, rankings."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from nats.aio.client import Client

from spindle.cli.finding import bus
from spindle.cli.seeing import tables
from spindle.people import asking, periods, shapes, sheets
from spindle.people.heard import WEEKDAYS, by_whom, change, counted, listened, moved, streak, today, zone
from spindle.people.wording import ZONE, command, count
from spindle.people.zooming import bar, usual
from spindle.shared.ids import UserId, now
from spindle.shared.messages import Value
from spindle.shared.messages.ask import AskListening, AskTops, By, Heard, Listener, Listening, Tops

_DAY = timedelta(days=1)
_WIDTH = 40  # columns of the longest bar
_SHADES = " ░▒▓█"

Q = TypeVar("Q", AskListening, AskTops)


async def listening(
    home: Path, user: str, wanted: Callable[[UserId, By], AskListening], by: By | None, as_json: bool, as_csv: bool
) -> None:
    async with bus(home) as connection:
        one = await asking.listener(connection, user)
        ZONE.set(zone(one))
        question = _until_today(one, wanted(one.user, by or By.MONTH))
        found, question = await _found(connection, question, by)
    if as_csv:
        tables.lines(_sheet(sheets.BAR, found.bars))
    elif as_json:
        tables.lines([shapes.text(shapes.listening(one, found))])
    else:
        _show(one, found, question)


def _until_today(one: Listener, question: Q) -> Q:
    """So that what was heard since a day has a period before it."""
    if question.since is None or question.until is not None:
        return question
    return question.model_copy(update={"until": max(today(one, now()), question.since) + _DAY})


async def _found(connection: Client, question: AskListening, by: By | None) -> tuple[Listening, AskListening]:
    """With bars that fit a terminal, when nobody has said how long they are to be."""
    found = await asking.listening(connection, question)
    if by or found.first is None or found.last is None:
        return found, question
    best = usual(question.since or found.first, question.until or found.last + _DAY)
    if best is question.by:
        return found, question
    question = question.model_copy(update={"by": best})
    return await asking.listening(connection, question), question


def _show(one: Listener, found: Listening, question: AskListening) -> None:
    period = periods.name(periods.own(question.since, question.until))
    tables.say(f"{one.name}, {period[0].lower()}{period[1:]}: {counted(found.at_least)}, in days of {found.zone}")
    if not found.heard.plays:
        known = f"what is known begins on {periods.day(found.first)}" if found.first else "nothing is known yet"
        tables.say(
            f"Nothing is known to have been heard then: {known}. `{command('coverage')}` says which days are complete."
        )
        return
    tables.say("; ".join(_sums(found.heard, found.before)))
    _show_bars(found, question.by)
    tables.lines(["", *_hours(found.hours), "", *_rows(found)])


def _sums(these: Heard, before: Heard | None) -> Iterator[str]:
    for name, number in dict(these).items():
        told = listened(number) if name == "ms" else count(number, name.removesuffix("s"))
        changed = change(number, getattr(before, name) if before else None)
        yield f"{told} ({changed})" if changed else told


def _show_bars(found: Listening, by: By) -> None:
    most = max(each.plays for each in found.bars)
    table = tables.table_of(by.value, "plays>", "time>", "")
    for each in found.bars:
        drawn = "█" * max(1, round(_WIDTH * each.plays / most))
        table.add_row(periods.name(bar(by, each.begins)), f"{each.plays:,}", listened(each.ms), drawn)
    tables.console().print(table)


def _hours(plays: Sequence[Sequence[int]]) -> Iterator[str]:
    """Two columns an hour: the more plays, the darker."""
    most = max(map(max, plays))
    yield "     " + "".join(f"{hour:02}:00 " for hour in range(0, 24, 3)).rstrip()
    for day, hours in zip(WEEKDAYS, plays, strict=True):
        shaded = (_SHADES[-(-number * (len(_SHADES) - 1) // most)] * 2 for number in hours)
        yield f"{day[:3]}  {''.join(shaded)}".rstrip()


def _rows(found: Listening) -> Iterator[str]:
    if found.longest:
        yield f"Most days in a row: {streak(found.longest)}, {periods.from_to(found.longest.first, found.longest.last)}"
    if found.current:
        yield f"Days in a row now: {streak(found.current)}, since {periods.day(found.current.first)}"


async def top(home: Path, user: str, wanted: Callable[[UserId], AskTops], as_json: bool, as_csv: bool) -> None:
    async with bus(home) as connection:
        one = await asking.listener(connection, user)
        ZONE.set(zone(one))
        found = await asking.tops(connection, _until_today(one, wanted(one.user)))
    if as_csv:
        tables.lines(_sheet(sheets.TOP, found.rows))
    elif as_json:
        tables.lines([shapes.text({"rows": [shapes.plain(row) for row in found.rows], "more": found.more})])
    elif found.rows:
        _show_top(found)
    else:
        tables.say(f"Nothing that {one.name} heard then is known.")


def _show_top(found: Tops) -> None:
    artists = ("~artists",) if any(row.artists for row in found.rows) else ()
    table = tables.table_of("#>", "~name", *artists, "plays>", "time>", "before>", "")
    compared = any(row.plays_before for row in found.rows)
    for row, whose in zip(found.rows, by_whom(found.rows), strict=True):
        before = "-" if row.plays_before is None else f"{row.plays_before:,}"
        names = tables.cut(row.name), *(tables.cut(whose) for _ in artists)
        table.add_row(
            f"{row.rank:,}", *names, f"{row.plays:,}", listened(row.ms), before, moved(row) if compared else ""
        )
    tables.console().print(table)


def _sheet(head: Sequence[str], rows: Sequence[Value]) -> Iterator[str]:
    yield sheets.line(head).rstrip("\n")
    yield from (sheets.row(row).rstrip("\n") for row in rows)
