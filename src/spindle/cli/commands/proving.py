"""What can be typed to prove that nothing is lost."""

import asyncio
import secrets
from pathlib import Path
from typing import Annotated

import typer

from spindle.cli.commands.options import Json

app = typer.Typer()


@app.command(rich_help_panel="Running")
def chaos(
    faults: Annotated[int, typer.Option(min=1, max=100_000, help="How many faults.")] = 100,
    seconds: Annotated[
        float | None,
        typer.Option(min=1, help="Begin no more faults after so long; the end takes a minute or two more."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed means the same faults; without it any.")
    ] = None,
    listeners: Annotated[int, typer.Option(min=1, max=100, help="How many listeners.")] = 10,
    replicas: Annotated[int, typer.Option(min=1, max=5, help="NATS nodes, and copies of everything in them.")] = 1,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="FOLDER", help="An empty folder for all of it, which stays.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a Spindle of its own under faults of every kind, and compare what it recorded with what was played.

    Nothing of yours is touched: servers, services and a simulated Spotify are started in a folder of their own.
    """
    from spindle.cli.chaos.command import chaos
    from spindle.cli.chaos.result import Wish
    from spindle.cli.running.stopping import cancelled_by_signals

    wish = Wish(secrets.randbelow(100_000) if seed is None else seed, faults, seconds, listeners, replicas)
    code = asyncio.run(cancelled_by_signals(chaos(wish, keep, as_json)))
    raise typer.Exit(code)
