"""What can be typed to see how it stands and what happens."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spindle.cli import completing
from spindle.cli.commands.options import (
    HOME,
    AnyUser,
    Csv,
    Home,
    Json,
    Since,
    SinceTime,
    Until,
    UntilTime,
    User,
    only_one,
    threshold,
    through,
    when,
)

if TYPE_CHECKING:
    from spindle.shared.ids import UserId

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
    since: SinceTime = None,
    until: UntilTime = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest so many.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every play ever recorded.")] = False,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only those with this in the name of track, album or artist.")
    ] = None,
    track: Annotated[str | None, typer.Option(metavar="ID", help="Only of this track.")] = None,
    artist: Annotated[str | None, typer.Option(metavar="ID", help="Only of this artist.")] = None,
    album: Annotated[str | None, typer.Option(metavar="ID", help="Only of this album.")] = None,
    source: Annotated[
        str | None,
        typer.Option(
            autocompletion=completing.words(completing.SOURCES), help="Only those seen by poll, initial or import."
        ),
    ] = None,
    skipped: Annotated[
        bool | None,
        typer.Option(
            "--skipped/--not-skipped",
            help="Only those that an import says were skipped, or were not; what no import has seen is in neither.",
        ),
    ] = None,
    short: Annotated[
        bool | None, typer.Option("--short/--not-short", help="Only those under 30 seconds, or all the others.")
    ] = None,
    at_least: Annotated[
        int | None,
        typer.Option(
            metavar="SECONDS",
            autocompletion=completing.words(completing.SECONDS),
            help="Only those that lasted so long, or nobody knows how long: 10, 30, 60 or 120.",
        ),
    ] = None,
    as_csv: Csv = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """What a listener played, oldest first: the newest 20, or all of the time that you name."""
    from spindle.cli.seeing.reading import plays
    from spindle.shared.messages.ask import AskPlays
    from spindle.shared.messages.plays import Source

    only_one(as_json, as_csv)
    if source is not None and source not in tuple(Source):
        raise typer.BadParameter(f"{source!r} is none of {', '.join(Source)}", param_hint="--source")
    seen_by, least = Source(source) if source else None, threshold(at_least)

    def wanted(of: "UserId") -> AskPlays:
        return AskPlays(
            user=of,
            since=when(since) if since else None,
            until=through(until) if until else None,
            search=search,
            track=track,
            artist=artist,
            album=album,
            source=seen_by,
            skipped=skipped,
            at_least=least,
            short=short,
        )

    newest = limit if limit or everything or since or until else 20
    asyncio.run(plays(home, user, wanted, newest, as_json, as_csv))


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
    kind: Annotated[
        str | None,
        typer.Option(autocompletion=completing.words(completing.KINDS), help="poll, initial or archive."),
    ] = None,
    since: Since = None,
    until: Until = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """What has been done and is being done, newest first."""
    from spindle.cli.seeing.reading import jobs
    from spindle.shared.ids import Kind
    from spindle.shared.messages.ask import AskJobs
    from spindle.shared.messages.jobs import Status

    for name, said, there in (("--status", status, tuple(Status)), ("--kind", kind, tuple(Kind))):
        if said is not None and said not in there:
            raise typer.BadParameter(f"{said!r} is none of {', '.join(there)}", param_hint=name)
    wanted = AskJobs(
        status=Status(status) if status else None,
        kind=Kind(kind) if kind else None,
        since=since,
        until=until,
        limit=limit,
    )
    asyncio.run(jobs(home, user, wanted, as_json))


@app.command(rich_help_panel="Seeing")
def steps(
    job: Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or the end of it as `jobs` shows it.")],
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """What became of each step of a job, as it came about: pages, what was put off and why, and how it ended."""
    from spindle.cli.seeing.reading import steps

    asyncio.run(steps(home, job, as_json))


@app.command(rich_help_panel="Seeing")
def compare(
    job: Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or the end of it as `jobs` shows it.")],
    other: Annotated[str, typer.Argument(metavar="JOB", help="Another one.")],
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Two runs side by side: how long they took, what they fetched, how often they waited."""
    from spindle.cli.seeing.comparing import compare

    asyncio.run(compare(home, job, other, as_json))


@app.command(rich_help_panel="Seeing")
def gaps(user: User, home: Home = HOME, as_json: Json = False) -> None:
    """Stretches of time of which nobody can say that every play was recorded."""
    from spindle.cli.seeing.reading import gaps

    asyncio.run(gaps(home, user, as_json))


@app.command(rich_help_panel="Seeing")
def coverage(user: User, as_csv: Csv = False, home: Home = HOME, as_json: Json = False) -> None:
    """Which days are known, from whom, and what is missing; for spreadsheets a row for each day."""
    from spindle.cli.seeing.coverage import coverage

    only_one(as_json, as_csv)
    asyncio.run(coverage(home, user, as_json, as_csv))


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
        typer.Option(metavar="FOLDER", help="Bring messages.…, settings.md and metrics.md in there up to date."),
    ] = None,
) -> None:
    """Every subject and message on the bus, as AsyncAPI 3.0."""
    from spindle.cli import variables
    from spindle.shared import catalogue
    from spindle.shared.metrics import page

    if write is None:
        typer.echo(catalogue.files()["messages.json"], nl=False)
    else:
        catalogue.write(write)
        variables.write(write)
        page.write(write)
