"""What can be typed to import a history that exists already, and to take it back."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from spindle.cli import completing
from spindle.cli.commands.options import HOME, AnyUser, Home, Json, User

app = typer.Typer()

Import = Annotated[
    str,
    typer.Argument(
        metavar="IMPORT",
        autocompletion=completing.imports,
        help="An import's id, or the end of it as `imports` shows it.",
    ),
]


@app.command("import", rich_help_panel="Importing")
def import_(
    user: User,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="ZIPs from Spotify, JSON files out of them, or folders that hold such."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what it would bring; change nothing.")] = False,
    wait: Annotated[
        bool | None,
        typer.Option("--wait/--no-wait", help="Until it is done, and show the receipt; on a terminal that is usual."),
    ] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Import the history that Spotify sends to whoever asks for it. The same plays are never stored twice."""
    from spindle.cli.importing.command import Wanted, import_files

    waits = sys.stdout.isatty() if wait is None else wait
    raise typer.Exit(asyncio.run(import_files(home, Wanted(user, files, dry_run, waits, as_json))))


@app.command(rich_help_panel="Importing")
def imports(
    user: AnyUser = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """What was imported, newest first, and how many plays it brought."""
    from spindle.cli.importing.reading import imports

    asyncio.run(imports(home, user, limit, as_json))


@app.command(rich_help_panel="Importing")
def receipt(
    wanted: Import,
    rejects: Annotated[
        bool, typer.Option("--rejected", help="The rows that could not be read: file, position in it, reason.")
    ] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """What became of every row of an import: each is in one column, and the columns sum up to the rows."""
    from spindle.cli.importing.reading import receipt, rejected

    asyncio.run((rejected if rejects else receipt)(home, wanted, as_json))


@app.command(rich_help_panel="Importing")
def undo(wanted: Import, home: Home = HOME, as_json: Json = False) -> None:
    """Take back what an import brought. A play that a poll or another import also saw stays, with what they knew."""
    from spindle.cli.importing.undoing import undo

    raise typer.Exit(asyncio.run(undo(home, wanted, as_json)))
