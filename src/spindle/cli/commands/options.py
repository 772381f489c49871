"""Arguments and options that several commands share, and how what people type is read."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from spindle.cli import completing, wording


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
