"""A listener's plays as Spotify remembers them: with how they came about, and with what else there was to hear."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from spindle.simulator.worlds.ids import base62, draws
from spindle.simulator.worlds.names import EPISODES, FIRST
from spindle.simulator.worlds.plays import Hidden, Oddity, Play, local_uri

_MINUTE_MS = 60_000
_SILENCE_MS = 20 * _MINUTE_MS
"""After this long somebody starts again, or has heard something else."""
_LEADS_ON = ("trackdone", "fwdbtn", "backbtn")


class Kind(StrEnum):
    TRACK = "track"
    PODCAST = "podcast"
    AUDIOBOOK = "audiobook"
    NOTHING = "nothing"
    """The row does not say what it was (facts.md §6.2)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`by` and `of`: artist and album, a show, or an author and the book of which it is a chapter."""

    ended_at: int
    began_at: int
    ms_played: int
    kind: Kind = Kind.NOTHING
    title: str = ""
    by: str = ""
    of: str = ""
    uri: str = ""
    reason_start: str = "unknown"
    reason_end: str = "endplay"
    video: bool = False
    private: bool = False


def entries(plays: Iterable[Play], *seed: object) -> Iterator[Entry]:
    """From plays in the order of their ends, with podcasts, audiobooks, videos and empty rows in the silences."""
    before: Entry | None = None
    for play in plays:
        entry = _played(play, before, draws(*seed, "how", play.ended_at))
        if before and _silent(before, entry.began_at):
            yield from _meanwhile(before.ended_at, entry.began_at, draws(*seed, "meanwhile", play.ended_at))
        yield entry
        before = entry


def _played(play: Play, before: Entry | None, rng: Random) -> Entry:
    known = Entry(play.ended_at, play.began_at, play.ms_played, private=play.hidden is Hidden.PRIVATE)
    if play.track is None:
        return _spoken(known, rng) if play.hidden is Hidden.PODCAST else known
    track = play.track
    return replace(
        known,
        kind=Kind.TRACK,
        title=track.name,
        by=track.artists[0].name,
        of=track.album.name,
        uri=local_uri(track) if play.oddity is Oddity.LOCAL else f"spotify:track:{track.id}",
        reason_start=_started(play.began_at, before, rng),
        reason_end="trackdone" if play.ms_played >= track.duration_ms else _cut_short(rng),
    )


def _started(at: int, before: Entry | None, rng: Random) -> str:
    if before and before.reason_end in _LEADS_ON and not _silent(before, at):
        return before.reason_end
    return rng.choice(("clickrow", "clickrow", "playbtn", "appload", "remote"))


def _cut_short(rng: Random) -> str:
    reasons = ("fwdbtn", "endplay", "backbtn", "logout", "remote", "unexpected-exit-while-paused")
    return rng.choices(reasons, (70, 20, 4, 2, 2, 2))[0]


def _silent(before: Entry, until: int) -> bool:
    return until - before.ended_at > _SILENCE_MS


def _meanwhile(after: int, before: int, rng: Random) -> Iterator[Entry]:
    began = after + rng.randint(1, 5) * _MINUTE_MS
    length = rng.randint(_MINUTE_MS, min(before - began - _MINUTE_MS, 90 * _MINUTE_MS))
    heard, watched = Entry(began + length, began, length), Entry(began, began, 0)
    what = rng.random()
    if what < 0.12:
        yield replace(_spoken(heard, rng), reason_start="clickrow")
    elif what < 0.15:
        yield _read(heard, rng)
    elif what < 0.20:
        yield replace(_spoken(watched, rng), video=True)
    elif what < 0.22:
        yield replace(watched, video=rng.random() < 0.5)


def _spoken(known: Entry, rng: Random) -> Entry:
    title, show = rng.choice(EPISODES), f"{rng.choice(FIRST)} explains"
    return replace(known, kind=Kind.PODCAST, title=title, by=show, uri=f"spotify:episode:{base62(show, title)}")


def _read(known: Entry, rng: Random) -> Entry:
    chapter, author, book = f"Chapter {rng.randint(1, 30)}", rng.choice(FIRST), rng.choice(EPISODES)
    uri = f"spotify:show:{base62(author, book)}"
    return replace(known, kind=Kind.AUDIOBOOK, title=chapter, by=author, of=book, uri=uri, reason_start="clickrow")
