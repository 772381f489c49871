"""What can be typed: every command with its words and its help. Each loads what it needs when it is called."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from spindle.cli.commands import dead, importing, listeners, listening, proving, running, seeing, steering

app = typer.Typer(
    help="Spindle keeps your music life: it records everything you play on Spotify without losing a play.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for topic in (running, listeners, seeing, listening, dead, importing, steering, proving):
    app.add_typer(topic.app)


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
