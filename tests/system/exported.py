"""Exports as Spotify sends them, made by a test: rows of the extended history, zipped with other files."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2021, 3, 1, 18, tzinfo=UTC)
AUDIO = "Spotify Extended Streaming History/Streaming_History_Audio_2021_0.json"
VIDEO = "Spotify Extended Streaming History/Streaming_History_Video_2021.json"

Row = dict[str, Any]


def row(number: int, **more: Any) -> Row:
    """A play of three minutes, the `number`th of an evening."""
    said: Row = {
        "ts": f"{START + timedelta(minutes=3 * number):%Y-%m-%dT%H:%M:%SZ}",
        "platform": "ios",
        "ms_played": 180_000,
        "conn_country": "DE",
        "ip_addr": "198.51.100.7",
        "master_metadata_track_name": f"Song {number % 40}",
        "master_metadata_album_artist_name": "The Tests",
        "master_metadata_album_album_name": "Green",
        "spotify_track_uri": f"spotify:track:{number % 40:022}",
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": False,
        "offline": False,
        "offline_timestamp": None,
        "incognito_mode": False,
    }
    return {**said, **more}


def account_row(number: int, played: int = 180_000) -> Row:
    """The same play as the account data tell it, to the minute."""
    ended = f"{START + timedelta(minutes=3 * number):%Y-%m-%d %H:%M}"
    return {"endTime": ended, "artistName": "The Tests", "trackName": f"Song {number % 40}", "msPlayed": played}


def podcast(number: int) -> Row:
    nothing = dict.fromkeys(name for name in row(0) if name.startswith("master_") or name == "spotify_track_uri")
    return row(
        number, **nothing, episode_name="Talk", episode_show_name="Talks", spotify_episode_uri="spotify:episode:1"
    )


def package(path: Path, rows: list[Row], *video: Row) -> Path:
    """A ZIP as it is downloaded."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(AUDIO, json.dumps(rows))
        if video:
            archive.writestr(VIDEO, json.dumps(video))
        archive.writestr("Spotify Extended Streaming History/ReadMeFirst_ExtendedStreamingHistory.pdf", b"%PDF-1.7")
    return path
