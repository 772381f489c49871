"""What can be typed about who is recorded."""

import asyncio
from typing import Annotated

import typer

from spindle.cli import completing
from spindle.cli.commands.options import HOME, AuthorizedAt, Home, Json, User, threshold

app = typer.Typer()
people = typer.Typer(help="Who is recorded: list, add, remove.", invoke_without_command=True)
app.add_typer(people, name="users", rich_help_panel="Listeners")


@app.command(rich_help_panel="Listeners")
def login(
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Another name here than Spotify's.")] = None,
    browser: Annotated[
        bool, typer.Option(" /--no-browser", help="Print the address, and open nothing.", show_default=False)
    ] = True,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Link a Spotify account on Spotify's own page. An account that is linked already goes on with a new consent."""
    from spindle.cli.listeners.login import login

    asyncio.run(login(home, name, browser, as_json))


@app.command(rich_help_panel="Listeners")
def choose(
    user: User,
    zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", autocompletion=completing.zones, help="Where days begin, such as Europe/Berlin."),
    ] = None,
    at_least: Annotated[
        int | None,
        typer.Option(
            metavar="SECONDS",
            autocompletion=completing.words(completing.SECONDS),
            help="What must have lasted so long counts as a play: 0, 10, 30, 60 or 120.",
        ),
    ] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Choose for a listener in which time zone days begin, and what counts as a play. Without both: say it."""
    from spindle.cli.listeners.choices import choose

    asyncio.run(choose(home, user, zone, threshold(at_least), as_json))


@people.callback(invoke_without_command=True)
def users(context: typer.Context, home: Home = HOME, as_json: Json = False) -> None:
    """Who is recorded. Without a word behind it: the list."""
    if context.invoked_subcommand is None:
        from spindle.cli.listeners.users import listed

        asyncio.run(listed(home, as_json))


@people.command("list")
def everybody(home: Home = HOME, as_json: Json = False) -> None:
    """Who is recorded."""
    from spindle.cli.listeners.users import listed

    asyncio.run(listed(home, as_json))


@people.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What this listener shall be called here.")],
    refresh_token_file: Annotated[
        str, typer.Option(metavar="FILE", help="A file with the account's refresh token; - reads standard input.")
    ],
    authorized_at: AuthorizedAt = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Link a Spotify account from a refresh token that you have. An account that is linked already gets the new one."""
    from spindle.cli.listeners.users import add

    asyncio.run(add(home, name, refresh_token_file, authorized_at, as_json))


@people.command("remove")
def remove(
    user: User,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Forget a listener for good: plays, imports, jobs, tokens and events. There is no way back."""
    from spindle.cli.listeners.users import remove

    asyncio.run(remove(home, user, yes, as_json))
