"""`users`: who is recorded; adding one from a refresh token, and removing one."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from spindle.cli.finding import bus, spotify
from spindle.cli.seeing import tables
from spindle.people import asking, shapes, zones
from spindle.people.choices import settle
from spindle.people.errors import Problem
from spindle.people.linking import Linked, consent_trouble, linking
from spindle.people.names import name_trouble
from spindle.people.removing import sentence
from spindle.shared.ids import now


async def listed(home: Path, as_json: bool) -> None:
    async with bus(home) as connection:
        found = [one async for one in asking.everybody(connection)]
    if as_json:
        tables.lines([shapes.text([shapes.user(one) for one in found])])
        return
    tables.show_users(found)


async def add(home: Path, name: str, token_file: str, authorized_at: datetime | None, as_json: bool) -> None:
    if trouble := name_trouble(name) or consent_trouble(authorized_at, now()):
        raise Problem(trouble)
    async with bus(home) as connection:
        token = refresh_token(token_file)
        async with linking(connection, spotify(home)) as links:
            linked = await links.add(name, token, authorized_at)
        await settle(connection, linked.user, zones.here())
    _say_added(linked, as_json)


async def remove(home: Path, wanted: str, sure: bool, as_json: bool) -> None:
    import typer

    async with bus(home) as connection:
        listener = await asking.listener(connection, wanted)
        there = await asking.belongings(connection, listener.user)
        if not sure:
            with interruptible():
                typer.confirm(f"{sentence(listener, there)} This cannot be undone.", abort=True, err=True)
        async with linking(connection, spotify(home)) as links:
            await links.remove(listener)
    if as_json:
        tables.lines([shapes.text({"user": listener.user, "name": listener.name, "removed": shapes.plain(there)})])
    else:
        tables.say(f"{listener.name} is removed, with everything of theirs.")


@contextmanager
def interruptible() -> Iterator[None]:
    """While somebody is asked, Ctrl-C ends it: a running loop would only note it, and hear of it after the answer."""
    noted = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, noted)


def refresh_token(file: str) -> SecretStr:
    """From a file, or from standard input for `-`: never from the command line, which every user of a machine sees."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).expanduser().read_text()
    except UnicodeDecodeError:
        raise Problem(f"{file} holds no text") from None
    token = text.strip()
    if not token:
        raise Problem(f"{'standard input' if file == '-' else file} is empty: it must hold the refresh token")
    if len(token.split()) > 1 or not token.isascii():
        raise Problem(f"{'standard input' if file == '-' else file} holds more than a refresh token")
    return SecretStr(token)


def _say_added(linked: Linked, as_json: bool) -> None:
    if as_json:
        tables.lines([shapes.text({"user": linked.user, "name": linked.name})])
    elif linked.healed:
        tables.say(f"That Spotify account is {linked.name}'s already: the new token is in use for it.")
    else:
        tables.say(f"{linked.name} is linked, and recorded from now on.")
