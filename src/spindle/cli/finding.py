"""Where things are: the bus, the database, Spotify, and the key that seals the tokens."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from spindle import embedded
from spindle.cli.errors import NotRunning
from spindle.embedded.home import write_private
from spindle.people.errors import Problem
from spindle.people.wording import at_home
from spindle.shared.bus.connection import connect
from spindle.shared.bus.errors import BusError
from spindle.shared.settings import SpotifySettings

DEMO = "spindle-demo"
"""The client id by which the demo's Spotify knows us."""

_SETTINGS = "settings.json"
KEY = "secret.key"


class Remembered(BaseModel):
    """What a second terminal needs to know of the Spotify that the running `up` talks to. No secret is in it.

    A service that it starts keeps to the same budget as those of `up`, and to the same doors.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    spotify_api_url: str
    spotify_accounts_url: str
    spotify_client_id: str
    spotify_budget: int = SpotifySettings.model_fields["spotify_budget"].default
    spotify_developer_account: str = ""
    page: str = ""
    """Where the gateway is."""


def bus_url(home: Path) -> str:
    """The server that the environment names, else the one of the instance running on this home."""
    return os.environ.get("SPINDLE_NATS_URL") or _instance(home).nats_url


def database_url(home: Path) -> str:
    return os.environ.get("SPINDLE_DATABASE_URL") or _instance(home).database_url


def _instance(home: Path) -> embedded.Instance:
    found = embedded.find(home)
    if found is None:
        raise NotRunning(home)
    return found


@asynccontextmanager
async def bus(home: Path) -> AsyncIterator[Client]:
    """A connection for one command."""
    connection = await reach(bus_url(home))
    try:
        yield connection
    finally:
        await connection.close()


async def reach(url: str, name: str = "cli") -> Client:
    """A connection; the error says where, and leaves out a password in the address."""
    try:
        return await connect(url, name)
    except BusError as error:
        raise Problem(f"{str(error).removesuffix(' there')} at {_places(url) or 'that address'}") from error


def _places(url: str) -> str:
    """Only what stands behind every password: a comma may have been part of one."""
    return ", ".join(one.rpartition("/")[2] for one in url.rpartition("@")[2].split(","))


def remember(home: Path, settings: SpotifySettings, page: str) -> None:
    told = Remembered.model_validate({**settings.model_dump(include=set(Remembered.model_fields)), "page": page})
    write_private(home / _SETTINGS, told.model_dump_json(indent=2) + "\n")


def spotify(home: Path) -> SpotifySettings:
    """As the environment says; what it leaves open, as the last `up` on this home had it."""
    return client(home).model_copy(update=known_keys(home))


def client(home: Path) -> SpotifySettings:
    """The same without the key, which may be missing."""
    chosen = SpotifySettings()
    known = _remembered(home)
    left_open = known.model_dump(exclude={*chosen.model_fields_set, "page"}) if known else {}
    return chosen.model_copy(update=left_open)


def page(home: Path) -> str:
    """Where the gateway of the last `up` on this home is, as far as it is known."""
    known = _remembered(home)
    return known.page if known else ""


def spotify_client(home: Path) -> str:
    """The client id that the tokens here belong to, as far as it is known."""
    return client(home).spotify_client_id


def given_keys() -> SecretStr | Path | None:
    """From the environment."""
    if text := os.environ.get("SPINDLE_SECRET_KEY"):
        return SecretStr(text)
    file = os.environ.get("SPINDLE_SECRET_KEY_FILE")
    return Path(file) if file else None


def keys_place(home: Path) -> str:
    """Where a person finds them."""
    given = given_keys() or home.expanduser() / KEY
    return at_home(given) if isinstance(given, Path) else "SPINDLE_SECRET_KEY"


def has_key(home: Path) -> bool:
    return given_keys() is not None or (home.expanduser() / KEY).exists()


def keys(home: Path, *, make: bool = False) -> SecretStr | Path:
    """From the environment, else in the home; `make` one if there is none yet."""
    return given_keys() or key_file(home, make=make)


def key_file(home: Path, *, make: bool = False) -> Path:
    """In the home."""
    file = home.expanduser() / KEY
    if file.exists():
        return file
    if not make:
        raise Problem(f"there is no secret key: SPINDLE_SECRET_KEY is not set, and {file} is not there")
    from spindle.shared.spotify.keys import new_key

    write_private(file, new_key().get_secret_value() + "\n")
    return file


def known_keys(home: Path, *, make: bool = False) -> dict[str, SecretStr | Path | None]:
    """The same as settings have it."""
    source = keys(home, make=make)
    in_file = isinstance(source, Path)
    return {"secret_key": SecretStr("") if in_file else source, "secret_key_file": source if in_file else None}


def _remembered(home: Path) -> Remembered | None:
    try:
        return Remembered.model_validate_json((home.expanduser() / _SETTINGS).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
