"""A closed door in words: what Spotify does not want to be asked, until when and why, and what goes on meanwhile."""

from datetime import datetime

from spindle.people.limits import probing
from spindle.people.wording import capital, clock, distance
from spindle.shared.spotify.door import Door, Family

_CLOSED: dict[str, str] = {
    Family.HISTORY: "keeps the history closed",
    Family.LIBRARY: "keeps the library closed",
    Family.PROFILE: "shows no profiles",
    Family.TOKENS: "renews no tokens",
}

_OPEN: dict[str, str] = {
    Family.HISTORY: "lets us ask for the history again",
    Family.LIBRARY: "lets us ask for the library again",
    Family.PROFILE: "shows profiles again",
    Family.TOKENS: "renews tokens again",
}

_MEANWHILE: dict[str, str] = {
    Family.HISTORY: "polls and initial syncs wait, imports go on",
    Family.LIBRARY: "the history goes on",
    Family.PROFILE: "nobody can be linked, the history goes on",
    Family.TOKENS: "those whose token has run out wait, the others are recorded as ever",
}


_BEHIND: dict[str, str] = {
    Family.HISTORY: "what was played lately",
    Family.LIBRARY: "saved tracks and playlists; nothing asks for them yet",
    Family.PROFILE: "whose account a login is",
    Family.TOKENS: "new access tokens, each good for an hour",
}


def behind(family: str) -> str:
    """What is asked for there."""
    return _BEHIND.get(family, family)


def whom(door: Door) -> str:
    """Whom Spotify means."""
    return f"the developer account {door.of}, with all its applications" if door.quota else f"the application {door.of}"


def closed(family: str) -> str:
    """What Spotify does."""
    return _CLOSED.get(family, f"keeps {family} closed")


def opened(family: str) -> str:
    """What it does afterwards."""
    return _OPEN.get(family, f"opens {family} again")


def meanwhile(family: str) -> str:
    return _MEANWHILE.get(family, "everything else goes on")


def reason(quota: bool) -> str:
    return "the quota of your developer account is used up, for all its applications" if quota else _TOO_OFTEN


_TOO_OFTEN = "it was asked too often"


def closing(door: Door, now: datetime) -> str:
    """`Spotify keeps the library closed until 18:05:12 (in 5 h)`, and why."""
    if probing(door, now):
        return f"since {clock(door.until, now)} one call is trying whether Spotify {opened(door.family)}"
    until = f"{clock(door.until, now)} ({distance(door.until, now)})"
    again = f", for the {_ordinal(door.refusals)} time in a row" if door.refusals > 1 else ""
    return f"Spotify {closed(door.family)} until {until}: {reason(door.quota)}{again}"


def told(door: Door, now: datetime) -> str:
    """All that a person wants to know of it."""
    return f"{capital(closing(door, now))}; {meanwhile(door.family)}."


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
