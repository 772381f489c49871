"""Spotify as cheap as it can be: an answer of 50 plays, as large as a recorded one, for whoever asks for anything.

Run as `python bench/stub.py NEWEST`: it prints its port. `NEWEST` is when the newest play ended, in milliseconds; the
others lie four minutes apart. A token always gets the same answer, and there are 64 answers. Each is about 90 KB of
JSON, 12 KB with gzip, and was made before the first request comes.
"""

import asyncio
import gzip
import json
import random
import sys
import zlib
from datetime import UTC, datetime
from typing import cast

ANSWERS, PLAYS, TRACKS = 64, 50, 5_000
APART = 240_000
"""Milliseconds from the end of one play to that of the next."""
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

Json = dict[str, object]


def entity(kind: str, name: str) -> Json:
    """What an artist, an album and a track have in common, in Spotify's words."""
    made = random.Random(f"{kind} {name}")
    key = "".join(made.choices(_LETTERS, k=22))
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{key}"},
        "href": f"https://api.spotify.com/v1/{kind}s/{key}",
        "id": key,
        "name": name,
        "type": kind,
        "uri": f"spotify:{kind}:{key}",
    }


def track(number: int) -> Json:
    made = random.Random(number)
    artist = entity("artist", f"Artist {number % 1700}")
    images = [
        {"height": side, "url": f"https://i.scdn.co/image/ab67616d{made.getrandbits(96):024x}", "width": side}
        for side in (640, 300, 64)
    ]
    album = entity("album", f"The Album of {number % 2900}") | {
        "album_type": "album",
        "artists": [artist],
        "images": images,
        "release_date": "2019-03-01",
        "release_date_precision": "day",
        "total_tracks": 12,
    }
    return entity("track", f"A Song That Has Number {number}") | {
        "album": album,
        "artists": [artist],
        "available_markets": ["".join(made.choices(_CAPITALS, k=2)) for _ in range(2)],
        "disc_number": 1,
        "duration_ms": made.randrange(120_000, 280_000),
        "explicit": False,
        "external_ids": {"isrc": f"XX{number:010d}"},
        "is_local": False,
        "popularity": made.randrange(100),
        "preview_url": None,
        "track_number": made.randrange(1, 12),
    }


def page(number: int, newest: int) -> Json:
    chance = random.Random(number)
    ends = [newest - APART * each - chance.randrange(999) for each in range(PLAYS)]
    items = [{"track": track(chance.randrange(TRACKS)), "played_at": _told(at), "context": _context(at)} for at in ends]
    here = "https://api.spotify.com/v1/me/player/recently-played"
    cursors = {"after": str(ends[0]), "before": str(ends[-1])}
    return {"items": items, "next": f"{here}?before={ends[-1]}&limit=50", "cursors": cursors, "limit": 50, "href": here}


def answer(number: int, newest: int) -> bytes:
    body = gzip.compress(json.dumps(page(number, newest), separators=(",", ":")).encode(), 6)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


class Stub(asyncio.Protocol):
    def __init__(self, answers: list[bytes]) -> None:
        self._answers = answers
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        *requests, self._asked = (self._asked + data).split(b"\r\n\r\n")
        for request in requests:
            token = request.partition(b"Bearer ")[2].partition(b"\r\n")[0]
            self._transport.write(self._answers[zlib.crc32(token) % len(self._answers)])


def _context(at: int) -> Json | None:
    """A list that somebody played, or nothing, as when they played a single track."""
    return entity("playlist", f"List {at % 7}") if at % 3 == 0 else None


def _told(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def main(newest: int) -> None:
    answers = [answer(number, newest) for number in range(ANSWERS)]
    server = await asyncio.get_running_loop().create_server(lambda: Stub(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1])))
