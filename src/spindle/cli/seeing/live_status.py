"""`status --watch`: the overview again and again, through restarts of Spindle."""

import asyncio
import sys
from pathlib import Path
from typing import Protocol

import nats.errors
from nats.aio.client import Client
from rich.console import Group
from rich.live import Live
from rich.text import Text

from spindle.cli.finding import bus, client
from spindle.cli.seeing.changes import Lines, Objects
from spindle.cli.seeing.portrait import portrayed
from spindle.cli.seeing.tables import console
from spindle.people.errors import NoSuchListener, Problem
from spindle.people.overview import Overview, look
from spindle.shared.ids import now

_EVERY = 2.0  # seconds
_AGAIN = 1.0
_TROUBLE = (Problem, nats.errors.Error, OSError, TimeoutError)


class Audience(Protocol):
    def show(self, seen: Overview) -> None: ...
    def miss(self, why: str) -> None:
        """Nothing can be seen for now. Said at every try."""


async def status_watched(home: Path, user: str | None, as_json: bool) -> None:
    """Until Ctrl-C. A Spindle that is not there at the start is an error."""
    if as_json or not sys.stdout.isatty():
        await _follow(home, user, Objects() if as_json else Lines())
        return
    with Live(console=console(), auto_refresh=False) as live:
        await _follow(home, user, _Frames(live))


async def _follow(home: Path, user: str | None, audience: Audience) -> None:
    shown = False
    while True:
        try:
            async with bus(home) as connection:
                while True:
                    audience.show(await _look(home, connection, user))
                    shown = True
                    await asyncio.sleep(_EVERY)
        except (NoSuchListener, BrokenPipeError):
            raise
        except _TROUBLE as error:
            if not shown:
                raise
            audience.miss(str(error) or type(error).__name__)
        await asyncio.sleep(_AGAIN)


async def _look(home: Path, connection: Client, user: str | None) -> Overview:
    if not connection.is_connected:
        raise Problem("NATS does not answer")
    return await look(connection, client(home), user)


class _Frames:
    """In place: what was seen last stays while nothing new can be seen."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._last = Group()
        self._missed_at = ""

    def show(self, seen: Overview) -> None:
        self._missed_at = ""
        self._last = Group(*portrayed(seen, self._live.console.width))
        self._draw(Text(f"{seen.at.astimezone():%H:%M:%S}, every {_EVERY:.0f} s. Ctrl-C ends it.", style="dim"))

    def miss(self, why: str) -> None:
        self._missed_at = self._missed_at or f"{now().astimezone():%H:%M:%S}"
        self._draw(Text(f"Away since {self._missed_at}: {why}. What stands above was true then.", style="yellow"))

    def _draw(self, foot: Text) -> None:
        self._live.update(Group(self._last, Text(), foot), refresh=True)
