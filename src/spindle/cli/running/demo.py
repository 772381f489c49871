"""The demo: a simulated Spotify in this process, with three listeners who are listening now, and one to log in as."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from nats.aio.client import Client
from pydantic import BaseModel, SecretStr, ValidationError

from spindle.cli.finding import DEMO
from spindle.embedded import ports
from spindle.embedded.home import write_private
from spindle.people import asking
from spindle.people.choices import settle
from spindle.people.errors import Problem
from spindle.people.linking import linking
from spindle.shared.ids import now
from spindle.shared.settings import SpotifySettings
from spindle.simulator import Clock, Settings, build, serve

POLL_INTERVAL = 30.0
"""Seconds: somebody who tries Spindle sees new plays arrive."""

ZONES = ("Europe/Istanbul", "America/Sao_Paulo", "Europe/Berlin")
"""Where the simulator has those listeners live who are recorded from the start."""
LINKED = len(ZONES)
"""The one behind them is when somebody logs in as them."""

_SEED = 7  # it seals the refresh tokens too: those of the last start stay good
_BEHIND = timedelta(hours=6)
"""How far behind the real time a fast clock begins, so that it does not run into the future at once."""


class Kept(BaseModel):
    """What the home remembers of its demo."""

    port: int | None = None
    linked: list[str] = []
    """Accounts that have been linked once: whoever was removed stays removed."""


@dataclass(frozen=True)
class Demo:
    home: Path
    address: str

    @property
    def settings(self) -> dict[str, str]:
        return {
            "spotify_api_url": f"{self.address}/v1",
            "spotify_accounts_url": self.address,
            "spotify_client_id": DEMO,
        }


def wanted() -> bool:
    """Whether nobody has said which Spotify to talk to."""
    return not (os.environ.get("SPINDLE_SPOTIFY_CLIENT_ID") or os.environ.get("SPINDLE_SPOTIFY_API_URL"))


def was_here(home: Path) -> bool:
    return (home / "demo.json").exists()


def speed() -> float:
    """SPINDLE_DEMO_SPEED: how fast the demo's clock runs, for those in a hurry."""
    text = os.environ.get("SPINDLE_DEMO_SPEED") or "1"
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= 1000:
        raise Problem("SPINDLE_DEMO_SPEED must be a number between 0 and 1000")
    return found


def simulated(host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
    """Served at the address that comes out."""
    return serve(build(Settings(seed=_SEED, listeners=LINKED + 1, listening_now=True), _clock(speed())), host, port)


@asynccontextmanager
async def served(home: Path) -> AsyncIterator[Demo]:
    """On the port of the last time, if nobody has taken it."""
    kept = _kept(home)
    port = ports.choose(kept.port)
    async with simulated(port=port) as address:
        _keep(home, kept.model_copy(update={"port": port}))
        yield Demo(home, address)


async def link(demo: Demo, bus: Client, settings: SpotifySettings) -> None:
    """Each account once in a home's life, and again when nobody at all is linked."""
    kept = _kept(demo.home)
    empty = not [one async for one in asking.everybody(bus)]
    async with httpx.AsyncClient(base_url=demo.address) as http, linking(bus, settings) as links:
        for one, zone in zip((await http.get("/control/listeners")).json(), ZONES, strict=False):
            if one["account_id"] in kept.linked and not empty:
                continue
            linked = await links.add(one["display_name"].split()[0], SecretStr(one["refresh_token"]))
            await settle(bus, linked.user, zone)
            kept.linked.append(one["account_id"])
            _keep(demo.home, kept)


def _clock(fast: float) -> Clock:
    started: datetime = now()
    return Clock(started if fast == 1 else started - _BEHIND, fast)


def _kept(home: Path) -> Kept:
    try:
        return Kept.model_validate_json((home / "demo.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return Kept()


def _keep(home: Path, kept: Kept) -> None:
    write_private(home / "demo.json", kept.model_dump_json(indent=2) + "\n")
