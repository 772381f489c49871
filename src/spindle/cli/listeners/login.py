"""`login`: an account is linked on Spotify's own page, and the terminal that led there hears how it went."""

import asyncio
import contextlib
import os
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread

from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from spindle.cli.finding import bus
from spindle.cli.listeners.answering import answering
from spindle.cli.running import door
from spindle.cli.seeing import tables
from spindle.gateway.settings import Settings
from spindle.people import shapes, zones
from spindle.people.choices import settle
from spindle.people.errors import NameTaken, Problem
from spindle.people.linking import must_be_free
from spindle.people.names import name_trouble
from spindle.people.wording import command
from spindle.shared.ids import now
from spindle.shared.messages.logins import LoginEnded
from spindle.shared.spotify.authorize import SCOPES, authorize_url
from spindle.shared.spotify.login import LIFETIME, Login, begin
from spindle.shared.spotify.seal import Sealer

_MINUTES = int(LIFETIME.total_seconds() // 60)


async def login(home: Path, name: str | None, open_browser: bool, as_json: bool) -> None:
    if name is not None and (trouble := name_trouble(name)):
        raise Problem(trouble)
    settings = door.settings(home)
    if not settings.spotify_client_id:
        raise Problem("there is no Spotify application: SPINDLE_SPOTIFY_CLIENT_ID is not set")
    async with bus(home) as connection:
        if name is not None:
            await _must_be_free(connection, name)
        begun = begin(settings.spotify_client_id, settings.callback, now(), name=name)
        async with _ending(connection, begun) as ended, answering(connection, settings):
            _lead(settings, begun, open_browser)
            told = await _awaited(ended)
        if told.user:
            await settle(connection, told.user, zones.here())
    if not told.done:
        raise Problem(told.why.rstrip("."))
    _say(told, name, as_json)


async def _must_be_free(connection: Client, name: str) -> None:
    try:
        await must_be_free(connection, name)
    except NameTaken as taken:
        raise Problem(f"{taken}; to link the same account again, leave --name out") from taken


@asynccontextmanager
async def _ending(connection: Client, begun: Login) -> AsyncIterator["asyncio.Queue[LoginEnded]"]:
    """Listens before anybody can have come back."""
    heard: asyncio.Queue[LoginEnded] = asyncio.Queue()

    async def hear(message: Msg) -> None:
        with contextlib.suppress(ValidationError):
            heard.put_nowait(LoginEnded.decoded(message.data))

    await connection.subscribe(LoginEnded.subject.format(login=begun.id), cb=hear)
    await connection.flush()
    yield heard


async def _awaited(ended: "asyncio.Queue[LoginEnded]") -> LoginEnded:
    try:
        async with asyncio.timeout(LIFETIME.total_seconds()):
            return await ended.get()
    except TimeoutError:
        again = command("login")
        raise Problem(f"nobody came back from Spotify within {_MINUTES} minutes: `{again}` begins again") from None


def _lead(settings: Settings, begun: Login, open_browser: bool) -> None:
    """To Spotify: everything here goes to standard error, so that `--json` prints nothing but JSON."""
    state = begun.state(Sealer(settings.keys))
    address = authorize_url(settings.login_url, begun.client_id, begun.redirect_uri, state, begun.verifier)
    asked = " ".join(scope.why for scope in SCOPES)
    opens = open_browser and _has_screen()
    first = "Spotify's page opens in your browser; if it does not:" if opens else "Open this in your browser:"
    sys.stderr.write(
        f"{first}\n\n{address}\n\nYou will allow: {asked}\n"
        f"Waiting until you are back, {_MINUTES} minutes at most; Ctrl-C ends it.\n"
    )
    sys.stderr.flush()
    if opens:
        Thread(target=webbrowser.open, args=(address,), daemon=True).start()  # some wait until their window is closed


def _has_screen() -> bool:
    """Else Python would start a browser of letters in this very terminal."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _say(told: LoginEnded, wished: str | None, as_json: bool) -> None:
    if as_json:
        tables.lines([shapes.text({"user": told.user, "name": told.name, "healed": told.healed})])
    elif told.healed:
        kept = f" The account keeps that name, and is not called {wished}." if wished and wished != told.name else ""
        tables.say(f"{told.name} is linked again, and goes on where it stood.{kept}")
    else:
        tables.say(f"{told.name} is linked, and recorded from now on.")
