"""A made-up export: many rows in a few files, as the extended history of 2025 looks."""

import io
import json
import random
import zipfile
from datetime import UTC, datetime, timedelta

TRACKS = 2000


def export(rows: int, seed: int = 1) -> bytes:
    """A ZIP. One row in five was played for less than half a minute, one in a hundred cannot be read."""
    dice = random.Random(seed)
    tracks = ["".join(dice.choices("0123456789abcdefghijABCDEFGHIJ", k=22)) for _ in range(TRACKS)]
    at, told = datetime(2012, 1, 1, tzinfo=UTC), []
    for _ in range(rows):
        played = dice.randrange(1000, 30_000) if dice.random() < 0.2 else dice.randrange(30_000, 300_000)
        at += timedelta(milliseconds=played, seconds=dice.choice((0, 1, 60, 3600)))
        told.append(_row(at, played, dice.randrange(TRACKS), tracks, dice))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, start in enumerate(range(0, rows, 16_000)):
            archive.writestr(
                f"Spotify Extended Streaming History/Streaming_History_Audio_{number}.json",
                json.dumps(told[start : start + 16_000]),
            )
    return packed.getvalue()


def _row(at: datetime, played: int, track: int, tracks: list[str], dice: random.Random) -> dict[str, object]:
    return {
        "ts": f"{at:%Y-%m-%dT%H:%M:%SZ}" if dice.random() > 0.01 else "never",
        "platform": dice.choice(("ios", "android", "osx")),
        "ms_played": played,
        "conn_country": "DE",
        "ip_addr": "192.0.2.1",
        "master_metadata_track_name": f"Track {track}",
        "master_metadata_album_artist_name": f"Artist {track % 300}",
        "master_metadata_album_album_name": f"Album {track % 700}",
        "spotify_track_uri": f"spotify:track:{tracks[track]}",
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": played < 30_000,
        "offline": False,
        "offline_timestamp": int(at.timestamp()) - played // 1000,
        "incognito_mode": False,
    }
