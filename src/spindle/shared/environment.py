"""The environment with its secrets: each may stand in a file, and a password apart from its address.

A variable SPINDLE_…_FILE names the file that holds the variable without that ending: what mounts secrets likes it so.
"""

import re
from collections.abc import Callable, MutableMapping
from pathlib import Path
from urllib.parse import quote

_KEPT = "SPINDLE_SECRET_KEY_FILE"
"""Stays a file: its keys may change while it is in use."""

_USER_ALONE = re.compile(r"(?<=//)([^/@:,]+)@")


class BadEnvironment(Exception):
    """A variable of the environment cannot be used."""


def complete(environment: MutableMapping[str, str]) -> None:
    """In place, and harmless to repeat. Raises `BadEnvironment`, which never says what a secret is."""
    for name in [name for name in environment if re.fullmatch(r"SPINDLE_\w+_FILE", name)]:
        _read(environment, name)
    _tell(environment, "SPINDLE_DATABASE_PASSWORD", "SPINDLE_DATABASE_URL", lambda password: quote(password, safe=""))
    _tell(environment, "SPINDLE_NATS_PASSWORD", "SPINDLE_NATS_URL", _plain)


def _read(environment: MutableMapping[str, str], name: str) -> None:
    file, meant = environment.pop(name), name.removesuffix("_FILE")
    if not file:
        return
    if environment.get(meant):
        raise BadEnvironment(f"{meant} and {name} are both set: keep one of them")
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadEnvironment(f"{name}: {file}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise BadEnvironment(f"{name}: {file}: this is not text") from None
    if text:
        environment.update({_KEPT: file} if name == _KEPT else {meant: text})


def _tell(environment: MutableMapping[str, str], name: str, url: str, written: Callable[[str], str]) -> None:
    """Puts the password behind the user's name, in every address of a list."""
    if not (password := environment.pop(name, "")):
        return
    told, places = _USER_ALONE.subn(lambda user: f"{user[1]}:{written(password)}@", environment.get(url, ""))
    if not places:
        raise BadEnvironment(f"{name} needs {url} with a user and no password: …//user@host…")
    environment[url] = told


def _plain(password: str) -> str:
    """The NATS client takes an address literally, so nothing in it can be quoted."""
    if quote(password, safe="") != password:
        raise BadEnvironment("SPINDLE_NATS_PASSWORD: only letters, digits and - . _ ~ can stand in an address")
    return password
