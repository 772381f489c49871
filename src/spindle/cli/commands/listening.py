"""What can be typed to see what somebody listened to."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from spindle.cli import completing
from spindle.cli.commands.options import (
    HOME,
    AtLeastOption,
    Csv,
    Home,
    Json,
    SinceDay,
    UntilDay,
    User,
    days,
    only_one,
    threshold,
)

if TYPE_CHECKING:
    from spindle.shared.ids import UserId

app = typer.Typer()


@app.command(rich_help_panel="Seeing")
def listening(
    user: User,
    since: SinceDay = None,
    until: UntilDay = None,
    at_least: AtLeastOption = None,
    by: Annotated[
        str | None,
        typer.Option(autocompletion=completing.words(completing.BARS), help="Bars of a day, week, month or year."),
    ] = None,
    as_csv: Csv = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """How much a listener heard, and when: sums, bars over time, hours of the week, days in a row."""
    from spindle.cli.seeing.listening import listening
    from spindle.shared.messages.ask import AskListening, By

    only_one(as_json, as_csv)
    if by is not None and by not in tuple(By):
        raise typer.BadParameter(f"{by!r} is none of {', '.join(By)}", param_hint="--by")
    least = threshold(at_least)

    def wanted(of: "UserId", by: By) -> AskListening:
        first, end = days(since, until)
        return AskListening(user=of, since=first, until=end, at_least=least, by=by)

    asyncio.run(listening(home, user, wanted, By(by) if by else None, as_json, as_csv))


@app.command(rich_help_panel="Seeing")
def top(
    user: User,
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", autocompletion=completing.words(completing.RANKED), help="tracks, artists or albums."
        ),
    ] = "tracks",
    since: SinceDay = None,
    until: UntilDay = None,
    at_least: AtLeastOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    as_csv: Csv = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """What a listener heard most often, with what has changed against the period before."""
    from spindle.cli.seeing.listening import top
    from spindle.shared.messages.ask import AskTops, Ranked

    only_one(as_json, as_csv)
    if what not in tuple(Ranked):
        raise typer.BadParameter(f"{what!r} is none of {', '.join(Ranked)}", param_hint="WHAT")
    ranked, least = Ranked(what), threshold(at_least)

    def wanted(of: "UserId") -> AskTops:
        first, end = days(since, until)
        return AskTops(user=of, what=ranked, since=first, until=end, at_least=least, limit=limit)

    asyncio.run(top(home, user, wanted, as_json, as_csv))
