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


def _when(text: str) -> datetime:
    return _moment(text, whole_day=False)


def _through(text: str) -> datetime:
    return _moment(text, whole_day=True)


def _moment(text: str, whole_day: bool) -> datetime:
    found = wording.moment(text, datetime.now(UTC), whole_day)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-11-21, 2026-11-21T18:30, or 90m, 12h, 7d for ago")
    return found


def _from_day(text: str) -> date:
    found = wording.moment(text, datetime.now(UTC))
    if found is None:
        raise typer.BadParameter(f"{text!r} is no day; write 2026-11-21, or 7d, 4w for ago")
    return found.astimezone().date()


def _through_day(text: str) -> date:
    return _from_day(text) + timedelta(days=1)


SinceDay = Annotated[
    date | None, typer.Option(parser=_from_day, metavar="DAY", help="From this day on: 2026-11-21, or 4w for ago.")
]
UntilDay = Annotated[date | None, typer.Option(parser=_through_day, metavar="DAY", help="Until the end of this day.")]
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


Since = Annotated[
    datetime | None,
    typer.Option(parser=_when, metavar="TIME", help="From then on: 2026-11-21, 2026-11-21T18:30, or 12h, 7d for ago."),
]
Until = Annotated[
    datetime | None,
    typer.Option(parser=_through, metavar="TIME", help="Until then; a date means to its end."),
]
AuthorizedAt = Annotated[
    datetime | None,
    typer.Option(
        parser=_when,
        metavar="DATE",
        help="When the listener consented, if you know it: that lasts six months, and Spindle warns before it ends.",
    ),
]
