"""What can be typed to see how it stands and what happens."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from spindle.cli import completing
from spindle.cli.commands.options import HOME, AnyUser, Home, Json, Since, Until, User

app = typer.Typer()


@app.command(rich_help_panel="Seeing")
def status(
    user: AnyUser = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", "-w", help="Go on until Ctrl-C; in a pipe and with --json a line at every change."),
    ] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """How the recording goes: of everybody, or of one listener with the reason in words."""
    if watch:
        from spindle.cli.seeing.live_status import status_watched

        asyncio.run(status_watched(home, user, as_json))
    else:
        from spindle.cli.seeing.reading import status

        asyncio.run(status(home, user, as_json))


@app.command(rich_help_panel="Seeing")
def plays(
    user: User,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest so many.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every play ever recorded.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """What a listener played, oldest first: the newest 20, or all of the time that you name."""
    from spindle.cli.seeing.reading import Wanted, plays

    if as_csv and as_json:
        raise typer.BadParameter("either --csv or --json, not both")
    newest = limit if limit or everything or since or until else 20
    asyncio.run(plays(home, user, Wanted(since, until, newest), as_json, as_csv))


@app.command(rich_help_panel="Seeing")
def jobs(
    user: AnyUser = None,
    limit: Annotated[int, typer.Option(min=1, max=2000, help="How many.")] = 20,
    status: Annotated[
        str | None,
        typer.Option(
            autocompletion=completing.words(completing.ENDS), help="running, success, partial, error or cancelled."
        ),
    ] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """What has been done and is being done, newest first."""
    from spindle.cli.seeing.reading import jobs
    from spindle.shared.messages.jobs import Status

    if status is not None and status not in tuple(Status):
        raise typer.BadParameter(f"{status!r} is none of {', '.join(Status)}", param_hint="--status")
    asyncio.run(jobs(home, user, limit, Status(status) if status else None, as_json))


@app.command(rich_help_panel="Seeing")
def gaps(user: User, home: Home = HOME, as_json: Json = False) -> None:
    """Stretches of time of which nobody can say that every play was recorded."""
    from spindle.cli.seeing.reading import gaps

    asyncio.run(gaps(home, user, as_json))


@app.command(rich_help_panel="Seeing")
def watch(user: AnyUser = None, since: Since = None, home: Home = HOME, as_json: Json = False) -> None:
    """Events as they happen, until Ctrl-C; with --since also those that have happened. --json: one object a line."""
    from spindle.cli.seeing.watch import watch

    asyncio.run(watch(home, user, since, as_json))


@app.command(rich_help_panel="Seeing")
def doctor(home: Home = HOME, as_json: Json = False) -> None:
    """What is wrong, in words, and what to do about it. The exit code is 1 when something is a problem."""
    from spindle.cli.doctor.command import doctor

    raise typer.Exit(asyncio.run(doctor(home, as_json)))


@app.command(rich_help_panel="Seeing")
def catalogue(
    write: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Bring messages.json, messages.md and settings.md in there up to date."),
    ] = None,
) -> None:
    """Every subject and message on the bus, as AsyncAPI 3.0."""
    from spindle.cli import variables
    from spindle.shared import catalogue

    if write is None:
        typer.echo(catalogue.files()["messages.json"], nl=False)
    else:
        catalogue.write(write)
        variables.write(write)
