"""What can be typed to run Spindle, to prepare it, and to carry it elsewhere."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from spindle.cli import completing
from spindle.cli.commands.options import HOME, Home, Json
from spindle.shared import loop

app = typer.Typer()
seals = typer.Typer(help="The keys that seal the tokens: list, rotate.", no_args_is_help=True)
app.add_typer(seals, name="keys", rich_help_panel="Running")


@app.command(rich_help_panel="Running")
def up(
    home: Home = HOME,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the logs as well.")] = False,
) -> None:
    """Start everything in this terminal: servers, services, and without a Spotify app of yours a demo."""
    from spindle.cli.running.up import up

    loop.run(up(home, verbose))


@app.command(rich_help_panel="Running", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    service: Annotated[
        str,
        typer.Argument(
            metavar="SERVICE",
            autocompletion=completing.words(completing.SERVICES),
            help="recorder, scheduler, poll_worker, sync_worker, gateway, simulator",
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
        int | None,
        typer.Option(
            min=1,
            max=5,
            help="How many NATS nodes keep every stream; otherwise as many as now, of a cluster three.",
        ),
    ] = None,
    events_days: Annotated[
        int | None, typer.Option(min=1, help="How many days events are kept; otherwise as now, at first 21.")
    ] = None,
    events_mb: Annotated[
        int | None, typer.Option(min=1, help="How many MB of events are kept at most; otherwise as now, at first 256.")
    ] = None,
    tables: Annotated[
        bool, typer.Option("--tables/--no-tables", help="Also the tables, or leave them to the recorder's start.")
    ] = True,
) -> None:
    """Make the streams, buckets and tables that Spindle needs, or bring them up to date."""
    from spindle.cli.running.preparing import provision
    from spindle.shared.bus.topology import EventsKept

    asyncio.run(provision(home, replicas, EventsKept(events_days, events_mb), tables))


@app.command(rich_help_panel="Running")
def token(
    home: Home = HOME,
    renew: Annotated[bool, typer.Option("--renew", help="Make another one; it holds from the next start on.")] = False,
) -> None:
    """The access token, which opens the page and the HTTP API."""
    from spindle.cli.running.door import show

    show(home, again=renew)


@app.command(rich_help_panel="Running")
def permissions(
    write: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Bring users.conf in there up to date.")] = None,
) -> None:
    """What each service may do on NATS, as a part of nats-server's configuration: a user for each."""
    from spindle.shared.catalogue import users

    if write is None:
        typer.echo(users.configuration(), nl=False)
    else:
        (write / users.FILE).write_text(users.configuration(), encoding="utf-8")


@app.command(rich_help_panel="Running")
def demo(
    host: Annotated[str, typer.Option(help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8790,
    home: Home = HOME,
) -> None:
    """Run a simulated Spotify beside services that run already, and link its listeners. `up` has one of its own."""
    from spindle.cli.running.demo_apart import run

    asyncio.run(run(home, host, port))


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
    from spindle.cli.backups.creating import STANDARD
    from spindle.cli.backups.saving import backup
    from spindle.cli.running.stopping import cancelled_by_signals

    if as_json and file == STANDARD:
        raise typer.BadParameter("either --json or - as the FILE, not both")
    asyncio.run(cancelled_by_signals(backup(home, file, with_key, as_json)))


@app.command(rich_help_panel="Running")
def restore(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup; - is standard input.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also when listeners are here, who are lost.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Bring back what `backup` saved, here or on another machine. Spindle must not be running."""
    from spindle.cli.backups.restoring import restore
    from spindle.cli.running.stopping import cancelled_by_signals

    asyncio.run(cancelled_by_signals(restore(home, file, replace, as_json)))


@seals.command("list")
def list_keys(home: Home = HOME, as_json: Json = False) -> None:
    """Which keys there are, what each is for, and how many listeners' tokens it has sealed. No key is shown."""
    from spindle.cli.keys.counting import listed

    asyncio.run(listed(home, as_json))


@seals.command("rotate")
def rotate_keys(home: Home = HOME, as_json: Json = False) -> None:
    """Seal everybody's tokens with a new key, while Spindle runs. After a crash, the same again goes on."""
    from spindle.cli.keys.rotating import rotate
    from spindle.cli.running.stopping import cancelled_by_signals

    asyncio.run(cancelled_by_signals(rotate(home, as_json)))
