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
        metavar="WHAT",
        autocompletion=completing.words(completing.WORK),
        help="all, poll, initial (the initial sync) or archive (imports).",
    ),
]


@app.command(rich_help_panel="Steering")
def trigger(
    user: User,
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", autocompletion=completing.words(completing.JOBS), help="poll or initial."),
    ],
    hurry: Annotated[bool, typer.Option("--now", help="Also when it waits for a reason, such as a failure.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also when the initial sync is complete already.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Start a job now: a poll, or the initial sync. One that waits for a reason says until when and why.

    Nothing is called while Spotify has closed its door, whatever is asked: what waits goes on by itself then.
    """
    from spindle.cli.steering import trigger

    raise typer.Exit(asyncio.run(trigger(home, user, what, hurry, again, as_json)))


@app.command(rich_help_panel="Steering")
def pause(user: User, what: What = "all", home: Home = HOME, as_json: Json = False) -> None:
    """Begin nothing more for a listener, or nothing of one kind, until it is resumed.

    It counts within a second. What a call of Spotify brings that is under way is still recorded; no other one follows.
    """
    from spindle.cli.steering import pause

    raise typer.Exit(asyncio.run(pause(home, user, what, as_json)))


@app.command(rich_help_panel="Steering")
def resume(user: User, what: What = "all", home: Home = HOME, as_json: Json = False) -> None:
    """Let paused work go on where it stood: all of it, or one kind.

    What waits after a failure, or for a door that Spotify has closed, waits on until its time has come.
    """
    from spindle.cli.steering import resume

    raise typer.Exit(asyncio.run(resume(home, user, what, as_json)))


@app.command(rich_help_panel="Steering")
def cancel(
    job: Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or the end of it as `jobs` shows it.")],
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """End a job, whether it runs, waits or is paused. What it has found stays; what an import did is taken back.

    After a poll comes the next poll: to have no more of them, pause them.
    """
    from spindle.cli.steering import cancel

    raise typer.Exit(asyncio.run(cancel(home, job, as_json)))
