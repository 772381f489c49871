"""Arguments and options that several commands share, and how what people type is read."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from spindle.cli import completing
from spindle.people import wording
from spindle.shared.messages.choices import THRESHOLDS, AtLeast


def _expanded(home: Path) -> Path:
    return home.expanduser()


_A_DAY = timedelta(days=1)
HOME = Path("~/.spindle")
Home = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="SPINDLE_HOME",
        metavar="FOLDER",
        callback=_expanded,
        help="Where this Spindle keeps everything.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="For programs: JSON, in a shape that stays.")]
User = Annotated[str, typer.Argument(metavar="USER", autocompletion=completing.users, help="A listener's name or id.")]
AnyUser = Annotated[
    str | None,
    typer.Argument(
        metavar="USER", autocompletion=completing.users, help="A listener's name or id; without it, everybody."
    ),
]


def when(text: str) -> datetime:
    """By the reader's clocks."""
    return _moment(text, whole_day=False)


def through(text: str) -> datetime:
    """A day is meant to its end."""
    return _moment(text, whole_day=True)


def _moment(text: str, whole_day: bool) -> datetime:
    found = wording.moment(text, datetime.now(UTC), whole_day)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-11-21, 2026-11-21T18:30, or 90m, 12h, 7d for ago")
    return found


def _from_day(text: str) -> date:
    """By the reader's clocks."""
    found = wording.moment(text, datetime.now(UTC))
    if found is None:
        raise typer.BadParameter(f"{text!r} is no day; write 2026-11-21, or 7d, 4w for ago")
    return wording.here(found).date()


def days(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """From one on and before the other, by the reader's clocks; the last day that was typed is meant to its end."""
    first, last = (_from_day(each) if each else None for each in (since, until))
    if first and last and last < first:
        raise typer.BadParameter(f"{until} is before {since}", param_hint="--until")
    return first, min(last, date.max - _A_DAY) + _A_DAY if last else None


def _time(text: str) -> str:
    """It is read again once it is known by whose clocks."""
    through(text)
    return text


def _day(text: str) -> str:
    """It is read again once it is known by whose clocks."""
    _from_day(text)
    return text


SinceDay = Annotated[
    str | None,
    typer.Option(
        parser=_day, metavar="DAY", help="From this day on, by the listener's clocks: 2026-11-21, or 4w for ago."
    ),
]
UntilDay = Annotated[str | None, typer.Option(parser=_day, metavar="DAY", help="Until the end of this day.")]
AtLeastOption = Annotated[
    int | None,
    typer.Option(
        metavar="SECONDS",
        autocompletion=completing.words(completing.SECONDS),
        help="What lasted so long counts as a play: 0, 10, 30, 60 or 120. Without it, as the listener chose.",
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="For spreadsheets.")]


def threshold(seconds: int | None) -> AtLeast | None:
    found = next((each for each in THRESHOLDS if each == seconds), None)
    if seconds is not None and found is None:
        raise typer.BadParameter(f"{seconds} is none of {', '.join(map(str, THRESHOLDS))}", param_hint="--at-least")
    return found


def only_one(as_json: bool, as_csv: bool) -> None:
    if as_csv and as_json:
        raise typer.BadParameter("either --csv or --json, not both")


SinceTime = Annotated[
    str | None,
    typer.Option(
        parser=_time,
        metavar="TIME",
        help="From then on, by the listener's clocks: 2026-11-21, 2026-11-21T18:30, or 12h, 7d for ago.",
    ),
]
UntilTime = Annotated[
    str | None,
    typer.Option(parser=_time, metavar="TIME", help="Until then, by the same clocks; a date means to its end."),
]
Since = Annotated[
    datetime | None,
    typer.Option(
        parser=when,
        metavar="TIME",
        help="From then on, by this machine's clock: 2026-11-21, 2026-11-21T18:30, or 12h, 7d for ago.",
    ),
]
Until = Annotated[
    datetime | None,
    typer.Option(parser=through, metavar="TIME", help="Until then; a date means to its end."),
]
AuthorizedAt = Annotated[
    datetime | None,
    typer.Option(
        parser=when,
        metavar="DATE",
        help="When the listener consented, if you know it: that lasts six months, and Spindle warns before it ends.",
    ),
]
