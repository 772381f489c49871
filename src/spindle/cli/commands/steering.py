"""What can be typed to steer what runs."""

import asyncio
from typing import Annotated

import typer

from spindle.cli import completing
from spindle.cli.commands.options import HOME, Home, Json, User

app = typer.Typer()


What = Annotated[
    str,
    typer.Argument(
        metavar="WHAT", autocompletion=completing.words(completing.WORK), help="all, poll, initial or archive."
    ),
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

    raise typer.Exit(asyncio.run(trigger(home, user, what, hurry, again, as_json)))


@app.command(rich_help_panel="Steering")
def pause(user: User, what: What = "all", home: Home = HOME, as_json: Json = False) -> None:
    """Do nothing more for a listener, or nothing of one kind (archive: imports), until it is resumed."""
    from spindle.cli.steering import pause

    raise typer.Exit(asyncio.run(pause(home, user, what, as_json)))


@app.command(rich_help_panel="Steering")
def resume(user: User, what: What = "all", home: Home = HOME, as_json: Json = False) -> None:
    """Let paused work go on where it stood."""
    from spindle.cli.steering import resume

    raise typer.Exit(asyncio.run(resume(home, user, what, as_json)))


@app.command(rich_help_panel="Steering")
def cancel(
    job: Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or the end of it as `jobs` shows it.")],
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """End a job, whether it runs, waits or is paused. What it has found stays; what an import did is taken back."""
    from spindle.cli.steering import cancel

    raise typer.Exit(asyncio.run(cancel(home, job, as_json)))
