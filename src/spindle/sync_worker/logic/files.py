"""Which files of Spotify's packages hold listening history, told by their names (facts.md §6.1)."""

import re
from enum import StrEnum


class Package(StrEnum):
    """What the name of a file says about its rows. The rows themselves say which fields they have."""

    AUDIO = "audio"
    """Extended history: music, and some podcasts."""
    VIDEO = "video"
    """Extended history: music videos and video podcasts, mostly of no length."""
    ACCOUNT = "account"
    """The last year, to the minute, in the package that comes within days."""
    ANY = "any"
    """A file that somebody has renamed."""


_NAMES = (
    (re.compile(r"endsong(_\d+)?"), Package.AUDIO),
    (re.compile(r"endvideo(_\d+)?"), Package.VIDEO),
    (re.compile(r"streaming_history_audio(_.*)?"), Package.AUDIO),
    (re.compile(r"streaming_history_video(_.*)?"), Package.VIDEO),
    (re.compile(r"streaminghistory(_(music|podcast|audiobook|video))?_?\d*"), Package.ACCOUNT),
)
_COPY = re.compile(r"( \(\d+\)| copy( \d+)?)$")  # what systems add to the name of a second download


def package_of(name: str) -> Package | None:
    """None for a file that is no part of the history."""
    stem = name.rsplit("/", 1)[-1].lower()
    if not stem.endswith(".json"):
        return None
    while stem.endswith(".json"):  # one package had them twice
        stem = stem.removesuffix(".json")
    stem = _COPY.sub("", stem)
    return next((package for pattern, package in _NAMES if pattern.fullmatch(stem)), None)
