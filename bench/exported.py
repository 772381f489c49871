"""A made-up export of any size, as Spotify sends it: the same bytes for the same number of rows."""

import random
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from spindle.simulator.downloads import layout
from spindle.simulator.downloads.formats import ERAS, Format
from spindle.simulator.worlds.ids import base62

TRACKS = 12_000
_ERA = ERAS[Format.EXTENDED_2025]
_LAST = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
_MEAN_SECONDS = 210
"""From one end to the next, as `_rows` draws them."""
_PLATFORMS = ("android", "ios", "windows", "osx", "cast", "Android OS 10 API 29 (samsung, SM-G973F)")


def export(folder: Path, rows: int, *, loose: bool = False) -> list[Path]:
    """What to import: one ZIP, or its JSON files as they are."""
    found = []
    with zipfile.ZipFile(folder / "my_spotify_data.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for at, part in enumerate(layout.parts(_rows(rows), layout.pretty)):
            name = f"{_ERA.audio}_{part.years}_{at}.json"
            if loose:
                found.append(folder / name)
                found[-1].write_bytes(layout.file(part.texts))
            else:
                archive.writestr(f"{_ERA.folder}/{name}", layout.file(part.texts))
    return found or [folder / "my_spotify_data.zip"]


def _rows(count: int) -> Iterator[dict[str, object]]:
    """Skips and whole plays, favourites and rarities, a podcast now and then, in the order of time."""
    chance = random.Random(count)
    tracks = [_track(number) for number in range(TRACKS)]
    lengths = [chance.randint(120_000, 330_000) for _ in range(TRACKS)]
    at = _LAST - count * _MEAN_SECONDS
    for _ in range(count):
        number = int(TRACKS * chance.random() ** 2)
        skipped = chance.random() < 0.25
        played = chance.randint(500, 29_000) if skipped else lengths[number]
        began = at + chance.choice((0.5, 0.7, 1.1, 2.0, 160.0))
        at = began + played / 1000
        podcast = chance.random() < 0.008
        yield _row(chance, began, at, played, skipped, None if podcast else tracks[number], number)


Track = tuple[str, str, str, str]


def _track(number: int) -> Track:
    title = f"{('Sunrise', 'Déjà vu', 'Long Road', 'Salt', '海')[number % 5]} No. {number}"
    return title, f"Artist {number % 3000}", f"Album {number % 5000}", f"spotify:track:{base62('bench', number)}"


def _row(
    chance: random.Random, began: float, ended: float, played: int, skipped: bool, track: Track | None, number: int
) -> dict[str, object]:
    title, artist, album, uri = track or (None, None, None, None)
    episode = (None, None, None) if track else (f"Episode {number}", "A show", f"spotify:episode:{base62(number)}")
    values = (
        datetime.fromtimestamp(ended, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        chance.choice(_PLATFORMS),
        played,
        "SE",
        "203.0.113.7",
        *(title, artist, album, uri),
        *episode,
        *(None, None, None, None),
        chance.choice(("trackdone", "fwdbtn", "clickrow")),
        "fwdbtn" if skipped else "trackdone",
        chance.random() < 0.4,
        skipped,
        False,
        int(began),
        False,
    )
    return dict(zip(_ERA.fields, values, strict=True))
