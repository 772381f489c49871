"""Time zones as people choose them: by name, however it is written, or as this machine has it."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

from spindle.shared.messages.choices import UTC_ZONE

_NO_PLACES = ("Factory", "localtime", "posixrules")
_OLD = ("Brazil/", "Canada/", "Chile/", "Etc/", "Mexico/", "SystemV/", "US/")
"""Other names for what has one of the whole world already."""
_LOCALTIME, _TIMEZONE = Path("/etc/localtime"), Path("/etc/timezone")


@cache
def names() -> Sequence[str]:
    """To choose from: UTC, and the places of the world."""
    places = (name for name in _all() if "/" in name and not name.startswith(_OLD))
    return (UTC_ZONE, *sorted(places))


def named(text: str) -> str | None:
    """The name of a zone, from itself in any case, or from its city alone; None when it is none, or of several."""
    wanted = "_".join(text.split()).lower()
    known = _by_letters()
    if wanted in known:
        return known[wanted]
    cities = [name for name in names() if name.lower().rpartition("/")[2] == wanted]
    return cities[0] if len(cities) == 1 else None


def here() -> str | None:
    """Of this machine, as far as it says: one that is set to UTC says nothing of where people are."""
    found = named(os.environ.get("TZ", "").lstrip(":") or _linked() or _written())
    return found if found in names()[1:] else None


@cache
def _all() -> frozenset[str]:
    return frozenset(available_timezones() - set(_NO_PLACES))


@cache
def _by_letters() -> dict[str, str]:
    return {name.lower(): name for name in _all()} | {UTC_ZONE.lower(): UTC_ZONE}


def _linked() -> str:
    return str(_LOCALTIME.resolve()).partition("zoneinfo/")[2]


def _written() -> str:
    try:
        return _TIMEZONE.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
