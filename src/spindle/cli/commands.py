"""What can be typed: every command with its words and its help. Each loads what it needs when it is called."""

import asyncio
import os
from collections.abc import Coroutine
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from spindle.cli import completing, wording

T = TypeVar("T")

app = typer.Typer(
    help="Spindle keeps your music life: it records everything you play on Spotify without losing a play.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
people = typer.Typer(help="Who is recorded: list, add, remove.", invoke_without_command=True)
app.add_typer(people, name="users")


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


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"spindle {version('spindle')}")
        raise typer.Exit


@app.callback()
def start(
    home: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where this Spindle keeps everything.")] = None,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    if home is not None:
        os.environ["SPINDLE_HOME"] = str(home)


# --- running -----------------------------------------------------------------------------------------------------


@app.command(rich_help_panel="Running")
def up(
    home: Home = HOME,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the logs as well.")] = False,
) -> None:
    """Start everything in this terminal: servers, services, and without a Spotify app of yours a demo."""
    from spindle.cli.running.up import up

    try:
        import uvloop
    except ImportError:
        _run(up(home, verbose))
    else:
        uvloop.run(up(home, verbose))


@app.command(rich_help_panel="Running", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    service: Annotated[
        str,
        typer.Argument(
            metavar="SERVICE",
            autocompletion=completing.words(completing.SERVICES),
            help="recorder, scheduler, poll_worker, sync_worker, simulator",
        ),
    ],
    home: Home = HOME,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more than warnings.")] = False,
) -> None:
    """Run one service in a process of its own: on this home, or where the SPINDLE_… variables say."""
    from spindle.cli.running.single import run

    run(service, home, verbose, context.args)


@app.command(rich_help_panel="Running")
def health(
    port: Annotated[
        int, typer.Option(envvar="SPINDLE_HEALTH_PORT", min=1, max=65535, metavar="PORT", help="Where it is served.")
    ],
    live: Annotated[bool, typer.Option("--live", help="Also content with one that waits for its servers.")] = False,
    as_json: Json = False,
) -> None:
    """How the services of a process here are, if it serves SPINDLE_HEALTH_PORT; the exit code says it too."""
    from spindle.cli.health.asking import health

    raise typer.Exit(health(port, live, as_json))


@app.command(rich_help_panel="Running")
def provision(
    home: Home = HOME,
    replicas: Annotated[
        int | None, typer.Option(min=1, max=5, help="How many NATS nodes keep every stream; without it as many as now.")
    ] = None,
) -> None:
    """Make the streams, buckets and tables that Spindle needs, or bring them up to date."""
    from spindle.cli.running.preparing import provision

    _run(provision(home, replicas))


@app.command(rich_help_panel="Running")
def demo(
    host: Annotated[str, typer.Option(help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8790,
    home: Home = HOME,
) -> None:
    """Run a simulated Spotify beside services that run already, and link its listeners. `up` has one of its own."""
    from spindle.cli.running.demo_apart import run

    _run(run(home, host, port))


@app.command(rich_help_panel="Running")
def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is standard output.")],
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put in the key that opens the tokens, too: then the file is a secret.")
    ] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Everything that Spindle keeps, into one file for another machine. Also while it runs."""
    from spindle.cli.backups.saving import STANDARD, backup

    if as_json and file == STANDARD:
        raise typer.BadParameter("either --json or - as the FILE, not both")
    _run(backup(home, file, with_key, as_json))


@app.command(rich_help_panel="Running")
def restore(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup; - is standard input.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also when listeners are here, who are lost.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Bring back what `backup` saved, here or on another machine. Spindle must not be running."""
    from spindle.cli.backups.restoring import restore

    _run(restore(home, file, replace, as_json))


# --- listeners ---------------------------------------------------------------------------------------------------


@people.callback(invoke_without_command=True)
def users(context: typer.Context, home: Home = HOME, as_json: Json = False) -> None:
    """Who is recorded. Without a word behind it: the list."""
    if context.invoked_subcommand is None:
        from spindle.cli.listeners.users import listed

        _run(listed(home, as_json))


@people.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What this listener shall be called here.")],
    refresh_token_file: Annotated[
        str, typer.Option(metavar="FILE", help="A file with the account's refresh token; - reads standard input.")
    ],
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Link a Spotify account from a refresh token that you have. An account that is linked already gets the new one."""
    from spindle.cli.listeners.users import add

    _run(add(home, name, refresh_token_file, as_json))


@people.command("remove")
def remove(
    user: User,
    home: Home = HOME,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Forget a listener with everything that was recorded. There is no way back."""
    from spindle.cli.listeners.users import remove

    _run(remove(home, user, yes))


# --- reading -----------------------------------------------------------------------------------------------------


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

        _run(status_watched(home, user, as_json))
    else:
        from spindle.cli.seeing.reading import status

        _run(status(home, user, as_json))


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
    _run(plays(home, user, Wanted(since, until, newest), as_json, as_csv))


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
    _run(jobs(home, user, limit, Status(status) if status else None, as_json))


@app.command(rich_help_panel="Seeing")
def gaps(user: User, home: Home = HOME, as_json: Json = False) -> None:
    """Stretches of time of which nobody can say that every play was recorded."""
    from spindle.cli.seeing.reading import gaps

    _run(gaps(home, user, as_json))


@app.command(rich_help_panel="Seeing")
def watch(user: AnyUser = None, since: Since = None, home: Home = HOME, as_json: Json = False) -> None:
    """Events as they happen, until Ctrl-C; with --since also those that have happened. --json: one object a line."""
    from spindle.cli.seeing.watch import watch

    _run(watch(home, user, since, as_json))


@app.command(rich_help_panel="Seeing")
def doctor(home: Home = HOME, as_json: Json = False) -> None:
    """What is wrong, in words, and what to do about it. The exit code is 1 when something is a problem."""
    from spindle.cli.doctor.command import doctor

    raise typer.Exit(_run(doctor(home, as_json)))


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


# --- steering ----------------------------------------------------------------------------------------------------

What = Annotated[
    str,
    typer.Argument(metavar="WHAT", autocompletion=completing.words(completing.WORK), help="all, poll or initial."),
]


@app.command(rich_help_panel="Steering")
def trigger(
    user: User,
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", autocompletion=completing.words(completing.JOBS), help="poll or initial."),
    ],
    hurry: Annotated[bool, typer.Option("--now", help="Also when it waits after a failure.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also when the initial sync is complete already.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Start a job now: a poll, or the initial sync."""
    from spindle.cli.steering import trigger

    raise typer.Exit(_run(trigger(home, user, what, hurry, again, as_json)))


@app.command(rich_help_panel="Steering")
def pause(user: User, what: What = "all", home: Home = HOME, as_json: Json = False) -> None:
    """Make no more calls for a listener, or none of one kind, until it is resumed."""
    from spindle.cli.steering import pause

    raise typer.Exit(_run(pause(home, user, what, as_json)))


@app.command(rich_help_panel="Steering")
def resume(user: User, what: What = "all", home: Home = HOME, as_json: Json = False) -> None:
    """Let paused work go on where it stood."""
    from spindle.cli.steering import resume

    raise typer.Exit(_run(resume(home, user, what, as_json)))


@app.command(rich_help_panel="Steering")
def cancel(
    job: Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or the end of it as `jobs` shows it.")],
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """End a job, whether it runs, waits or is paused. What it has found stays."""
    from spindle.cli.steering import cancel

    raise typer.Exit(_run(cancel(home, job, as_json)))
