"""Takes the pictures in docs/screenshots, from a demo of its own, in five minutes:

    PYTHONPATH=tests/e2e .venv/bin/python tests/browser/screenshots.py

Some titles are Japanese: without a font for them (Debian's fonts-ipafont-gothic) there are boxes.
"""

import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from chromium import DESKTOP, PHONE, Person, Size, missing, opened
from living import Spindle, Spotify, demonstrated

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
YEARS = range(2016, 2027)
TALL = Size(1280, 1320), Size(390, 1200, phone=True)
_LISTENING = 200  # seconds: a timeline wants some plays of the demo's people


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    if why := missing():
        sys.exit(why)
    with opened() as chrome, demonstrated() as (spindle, spotify):
        take(Person(chrome), spindle, spotify)


def take(person: Person, spindle: Spindle, spotify: Spotify) -> None:
    person.goes_to(spindle.address)
    picture(person, "sign-in")
    person.fills_in("Access token", spindle.token)
    person.presses("Sign in")
    person.follows("Link an account")
    picture(person, "login")

    time.sleep(_LISTENING)
    person.goes_to(f"{spindle.address}/timeline")
    pictures(person, "timeline")
    person.follows("Now")
    person.presses("Pause (Tariq)")
    person.sees("paused")
    user = spindle.knows("Ximena")["user"]
    with tempfile.TemporaryDirectory() as place:
        person.goes_to(f"{spindle.address}/import?user={user}")
        person.fills_in("Files for Ximena", years(spotify, Path(place)))
        picture(person, "import")
        person.presses("Import")
        person.sees("Cancel the import")
    receipt = person.chrome.current_url
    person.follows("Now")
    person.sees("rows/s")
    pictures(person, "now")
    person.goes_to(receipt)
    person.sees("Undo this import", within=120)
    pictures(person, "receipt")
    person.follows("Its steps")
    pictures(person, "job")
    knowing(person, spindle.address, user)
    listening(person, f"{spindle.address}/listening/{user}")
    health(person, spindle, spotify)


def listening(person: Person, place: str) -> None:
    """Of somebody whose years have been imported."""
    person.goes_to(f"{place}?period={YEARS.stop - 2}&by=week")
    pictures(person, "listening", *TALL)
    person.goes_to(f"{place}/artists?period={YEARS.stop - 2}")
    picture(person, "artists")
    person.goes_to(f"{place}/plays?period=all&search=bilhete")
    picture(person, "plays")


def health(person: Person, spindle: Spindle, spotify: Spotify) -> None:
    """With something to tell; last of all, for now polls wait."""
    spindle.letter()
    spotify.control("faults", kind="rate", retry_after="5400", times=1)
    person.goes_to(f"{spindle.address}/health")
    person.sees("closed", within=60)
    person.presses("Look again")
    person.sees("1 problem", within=30)
    pictures(person, "health")


def knowing(person: Person, address: str, user: str) -> None:
    """What is known of somebody's days, what they chose, and what would go with them."""
    person.goes_to(f"{address}/coverage/{user}")
    pictures(person, "coverage")
    person.goes_to(f"{address}/coverage/{user}/{YEARS.start}-05-12")
    picture(person, "day")
    person.goes_to(f"{address}/listeners/{user}")
    picture(person, "listener")
    person.presses("Remove Ximena …")
    picture(person, "remove")
    person.follows("Settings")
    picture(person, "settings")


def years(spotify: Spotify, place: Path) -> Path:
    """An export of somebody who has listened for years, more in each, and whose taste has changed: the days of a month
    as they were, moved to others, and of each artist more in some years than in others."""
    listener = next(one for one in spotify.listeners() if one["display_name"].startswith("Ximena"))
    export = spotify.export(listener["id"], place / "export.zip")
    made = place / "my_spotify_data.zip"
    with zipfile.ZipFile(export) as read, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        audio = next(name for name in read.namelist() if "Audio" in name)
        rows = json.loads(read.read(audio))
        last = max(row["ts"] for row in rows)
        month = [row for row in rows if row["ts"][:7] == f"{datetime.fromisoformat(last) - timedelta(31):%Y-%m}"]
        for year in YEARS:
            moved = [one for number in range(1, 13) for one in moved_to(month, year, number)]
            earlier = [row for row in moved if row["ts"] < min(row["ts"] for row in rows)]
            written.writestr(audio.replace(last[:4], f"{year}_1"), json.dumps(earlier))
        for name in read.namelist():
            written.writestr(name, read.read(name))
    return made


def moved_to(rows: list[dict[str, str]], year: int, month: int) -> Iterator[dict[str, str]]:
    chosen = Random(f"{year}-{month}")
    more = (year - YEARS.start + 3) / len(YEARS) * chosen.uniform(0.4, 1.0)
    for row in rows:
        artist = row["master_metadata_album_artist_name"]
        liked = Random(f"{artist} {year}").uniform(0.15, 0.9)
        day = int(row["ts"][8:10])
        if day <= 28 and chosen.random() < more * liked:
            yield {**row, "ts": f"{year}-{month:02}{row['ts'][7:]}"}


def pictures(person: Person, name: str, desktop: Size = DESKTOP, phone: Size = PHONE) -> None:
    """In the light, in the dark, and on a phone."""
    person.sits_at(desktop)
    picture(person, name)
    person.likes("dark")
    picture(person, f"{name}-dark")
    person.likes("light")
    person.sits_at(phone)
    picture(person, f"{name}-phone")
    person.sits_at(DESKTOP)


def picture(person: Person, name: str) -> None:
    time.sleep(0.5)  # until it has looked at what has changed
    person.chrome.save_screenshot(str(PICTURES / f"{name}.png"))


if __name__ == "__main__":
    main()
