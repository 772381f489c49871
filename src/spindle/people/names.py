"""What a listener may be called, and what one is called who was not given a name."""

import re
from collections.abc import Iterator
from itertools import count

_LONGEST = 60
_ROOM = 5  # letters of it, for a number behind
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def name_trouble(name: str) -> str | None:
    """Why this is no name for a listener."""
    if not name.strip() or name != name.strip():
        return "a name has letters, and no spaces around them"
    if len(name) > _LONGEST:
        return f"a name has at most {_LONGEST} letters"
    if not name.isprintable():
        return "a name has no line breaks or control characters"
    if name.startswith("-") or _ID.fullmatch(name):
        return "that looks like an option or an id, not like a name"
    return None


def default_names(display_name: str | None, account: str) -> Iterator[str]:
    """What Spotify calls them, else their account's id; then the same with a number, for as long as it is taken."""
    tidied = (_tidy(each or "") for each in (display_name, account, "listener"))
    name = next(each for each in tidied if not name_trouble(each))
    yield name
    yield from (f"{name} {number}" for number in count(2))


def _tidy(name: str) -> str:
    """On Spotify anything may be a name."""
    line = "".join(each if each.isprintable() else " " for each in name)
    return " ".join(line.split()).lstrip("- ")[: _LONGEST - _ROOM].rstrip()
