"""The gateway of a home: the token that opens it, and where it is."""

import os
import secrets
from pathlib import Path

from pydantic import SecretStr

from spindle.cli import finding
from spindle.cli.seeing.tables import lines
from spindle.embedded import ports
from spindle.embedded.home import write_private
from spindle.gateway.serving import listening
from spindle.gateway.settings import Settings
from spindle.people.errors import Problem

_TOKEN = "access.token"  # noqa: S105
_BYTES = 24


def has_token(home: Path) -> bool:
    return bool(os.environ.get("SPINDLE_ACCESS_TOKEN")) or (home.expanduser() / _TOKEN).exists()


def access_token(home: Path, *, make: bool = False) -> SecretStr:
    """From the environment, else in the home; `make` one if there is none yet."""
    if given := os.environ.get("SPINDLE_ACCESS_TOKEN"):
        return SecretStr(given)
    file = home.expanduser() / _TOKEN
    if file.exists():
        return SecretStr(file.read_text(encoding="utf-8").strip())
    if not make:
        raise Problem("there is no access token yet: the first `up` makes one, or SPINDLE_ACCESS_TOKEN says it")
    return renew(home)


def renew(home: Path) -> SecretStr:
    """Another one in the home. Whoever runs knows it after a restart."""
    token = secrets.token_urlsafe(_BYTES)
    write_private(home.expanduser() / _TOKEN, token + "\n")
    return SecretStr(token)


def known(home: Path) -> dict[str, object]:
    """What a gateway that `up` starts is told: another port when the usual one is taken and nobody asked for it. Raises
    `PortTaken` when somebody did: sooner than the gateway itself, which starts last."""
    chosen = Settings()
    if chosen.port and os.environ.get("SPINDLE_PORT"):
        listening(chosen.host, chosen.port).close()
        port = chosen.port
    else:
        port = ports.choose(chosen.port)
    return {"access_token": access_token(home, make=True), "port": port}


def address(told: dict[str, object]) -> str:
    """Where people find the page of a gateway that is told this."""
    return Settings().model_copy(update=told).address


def settings(home: Path) -> Settings:
    """As the gateway of this home has them, for whoever leads people there."""
    chosen, page = Settings(), finding.page(home)
    told = finding.spotify(home).model_dump()
    if page and not chosen.model_fields_set & {"host", "port", "public_url"}:
        told["public_url"] = page
    return chosen.model_copy(update=told)


def show(home: Path, *, again: bool) -> None:
    """`token`: the token, and nothing else, so that a script can take it."""
    if again and os.environ.get("SPINDLE_ACCESS_TOKEN"):
        raise Problem("SPINDLE_ACCESS_TOKEN says the token: change it there")
    token = renew(home) if again else access_token(home)
    lines([token.get_secret_value()])
