"""What can be typed about messages that nobody could handle."""

import asyncio
from typing import Annotated

import typer

from spindle.cli import completing
from spindle.cli.commands.options import HOME, Home, Json

app = typer.Typer()
letters = typer.Typer(help="Messages that nobody could handle: list, show, retry, drop.", invoke_without_command=True)
app.add_typer(letters, name="dead", rich_help_panel="Seeing")

Letter = Annotated[
    int,
    typer.Argument(metavar="LETTER", min=1, autocompletion=completing.letters, help="Its number, as `dead` shows it."),
]
Letters = Annotated[
    list[int] | None,
    typer.Argument(
        metavar="LETTER", min=1, autocompletion=completing.letters, help="Their numbers, as `dead` shows them."
    ),
]
All = Annotated[bool, typer.Option("--all", help="All of them, oldest first.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="With --all: do not ask.")]


@letters.callback(invoke_without_command=True)
def dead(context: typer.Context, home: Home = HOME, as_json: Json = False) -> None:
    """Messages that nobody could handle, with the reason. Without a word behind it: the list."""
    if context.invoked_subcommand is None:
        from spindle.cli.dead.reading import listed

        asyncio.run(listed(home, as_json))


@letters.command("list")
def every(home: Home = HOME, as_json: Json = False) -> None:
    """All of them, oldest first."""
    from spindle.cli.dead.reading import listed

    asyncio.run(listed(home, as_json))


@letters.command("show")
def show(letter: Letter, home: Home = HOME, as_json: Json = False) -> None:
    """All of one, with the message that it holds."""
    from spindle.cli.dead.reading import shown

    asyncio.run(shown(home, letter, as_json))


@letters.command("retry")
def retry(
    letters: Letters = None, everything: All = False, yes: Yes = False, home: Home = HOME, as_json: Json = False
) -> None:
    """Try again what could not be done, when the cause is mended: the step of a job, which goes on, or a fact.

    What fails again comes back as another letter. What cannot be retried is refused with the reason, and stays.
    """
    from spindle.cli.dead.steering import retry

    raise typer.Exit(asyncio.run(retry(home, letters or [], everything, yes, as_json)))


@letters.command("drop")
def drop(
    letters: Letters = None, everything: All = False, yes: Yes = False, home: Home = HOME, as_json: Json = False
) -> None:
    """Give letters up for good. With the step of an import goes all that the import has brought."""
    from spindle.cli.dead.steering import drop

    raise typer.Exit(asyncio.run(drop(home, letters or [], everything, yes, as_json)))
