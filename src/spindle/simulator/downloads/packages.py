"""The packages as they arrive: which files there are, under which names, and the ZIP around them."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from spindle.simulator.clock import moment
from spindle.simulator.downloads import layout, rows
from spindle.simulator.downloads.entries import Entry, Kind, entries
from spindle.simulator.downloads.formats import ERAS, Era, Format
from spindle.simulator.wire import JSON
from spindle.simulator.worlds.ids import draws
from spindle.simulator.worlds.plays import Play

Files = dict[str, bytes]
"""By their names in the package."""

_YEAR_MS = 366 * 86_400_000
_ACCOUNT_ROWS = 10_000
"""Of a file of the account package (facts.md §6.1)."""
_README = "Spotify explains here what is in these files.\n"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose history it is."""

    id: str
    country: str


def files(plays: Iterable[Play], owner: Owner, form: Format, now: int, about: int = layout.ABOUT) -> Files:
    """The package that is made of these plays at this moment; `about` is the size of a file of the extended history."""
    ended = sorted((play for play in plays if play.ended_at <= now), key=lambda play: play.ended_at)
    known = list(entries(ended, owner.id))
    if form in ERAS:
        return _extended(known, owner, ERAS[form], about)
    lately = [entry for entry in known if entry.ended_at > now - _YEAR_MS]
    return _account_2023(lately, owner) if form is Format.ACCOUNT_2023 else _account_2024(lately, owner)


def packed(files: Mapping[str, bytes], now: int) -> bytes:
    """`my_spotify_data.zip`."""
    made = moment(now).timetuple()[:6]
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, made), content, zipfile.ZIP_DEFLATED)
    return body.getvalue()


# --- extended history --------------------------------------------------------------------------------------------


def _extended(known: Sequence[Entry], owner: Owner, era: Era, about: int) -> Files:
    kept = [entry for entry in known if era.audiobooks or entry.kind is not Kind.AUDIOBOOK]
    if not era.ordered:
        draws(owner.id, "order").shuffle(kept)
    found: Files = {}
    for stem, video in ((era.audio, False), (era.video, True)):
        told = (rows.extended(entry, owner.id, owner.country, era) for entry in kept if entry.video is video)
        written = layout.minified if era.minified else layout.pretty
        of = list(layout.parts(told, written, about))
        for at, part in enumerate(of):
            found[f"{era.folder}/{_name(stem, era, part, at, len(of))}"] = layout.file(part.texts, era.minified)
    return found | {f"{era.folder}/ReadMeFirst_ExtendedStreamingHistory.txt": _README.encode()}


def _name(stem: str, era: Era, part: layout.Part, at: int, of: int) -> str:
    """Since 2023 a name tells the years, and a file that is the only one has no number."""
    if not era.ordered:
        return f"{stem}_{at}.json"
    return f"{stem}_{part.years}.json" if of == 1 else f"{stem}_{part.years}_{at}.json"


# --- account data ------------------------------------------------------------------------------------------------


def _account_2023(known: Sequence[Entry], owner: Owner) -> Files:
    heard = [rows.account_before_2024(entry) for entry in known if entry.kind in (Kind.TRACK, Kind.PODCAST)]
    return _numbered("MyData/StreamingHistory", heard) | _beside("MyData", owner)


def _account_2024(known: Sequence[Entry], owner: Owner) -> Files:
    folder, found = "Spotify Account Data", Files()
    for kind, word in ((Kind.TRACK, "music"), (Kind.PODCAST, "podcast"), (Kind.AUDIOBOOK, "audiobook")):
        heard = [rows.account(entry) for entry in known if entry.kind is kind and not entry.video]
        found |= _numbered(f"{folder}/StreamingHistory_{word}_", heard)
    return found | _beside(folder, owner)


def _numbered(stem: str, told: Sequence[JSON]) -> Files:
    starts = range(0, len(told), _ACCOUNT_ROWS)
    return {
        f"{stem}{number}.json": layout.file(map(layout.account, told[at : at + _ACCOUNT_ROWS]))
        for number, at in enumerate(starts)
    }


def _beside(folder: str, owner: Owner) -> Files:
    """Files of the package that are no history."""
    about_them = {"username": owner.id, "country": owner.country}
    told: dict[str, object] = {"Userdata": about_them, "Follow": {"userIsFollowing": []}, "YourLibrary": {"tracks": []}}
    return {f"{folder}/{name}.json": json.dumps(body, indent=2).encode() for name, body in told.items()}
