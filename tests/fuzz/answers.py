"""Answers that no Spotify gives: any status, any header, and bodies that are nearly right or nothing at all."""

import gzip
import random
from datetime import UTC, datetime
from typing import Any

import httpx
from free import TURN, Free
from misses import spoilt
from pydantic import SecretStr

from spindle.shared.spotify.accounts import Accounts
from spindle.shared.spotify.client import Spotify
from spindle.shared.spotify.errors import SpotifyError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCESS, REFRESH = "access-" + "a1B2" * 30, "refresh-" + "c3D4" * 30

STATUSES = (200, 200, 200, 201, 204, 301, 304, 400, 401, 403, 404, 418, 429, 429, 500, 502, 503, 599, 999)
KINDS = (
    *("application/json", "application/json; charset=utf-8", "text/html", "text/plain; charset=utf-16", ""),
    *(
        "text/plain; charset=idna",
        "text/plain; charset=undefined",
        "text/plain; charset=hex",
        "text/plain; charset=zip",
    ),
    *("text/plain; charset=unicode_escape", "text/plain; charset=punycode", "text/plain; charset=\xff", "a" * 9000),
)
WAITS = (
    *("0", "-1", "1", "1.5", "9" * 400, "1e9", "NaN", "inf", "", " ", "soon", "١٢", "Fri, 20 Nov 2026 12:00:30 GMT"),
    *("Fri, 31 Feb 2026 12:00:30 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", "Fri, 31 Dec 9999 23:59:59 -2359"),
    *("20 Nov 99999 12:00 GMT", "Fri, 20 Nov 2026 25:61:61 GMT", ", ,", "0 0 0 0", "1 Jan 1 1 +999999999999"),
)
ENCODINGS = ("gzip", "gzip", "deflate", "br", "zstd", "gzip, gzip", "identity", "x")

PLAY = {
    "played_at": "2026-11-20T10:00:00.123Z",
    "context": {"uri": "spotify:album:1"},
    "track": {
        "id": "4uLU6hMCjMI75M1A2tKUQC",
        "name": "A",
        "duration_ms": 1,
        "explicit": False,
        "artists": [{"id": "a", "name": "b"}],
        "album": {"id": "c", "name": "d", "release_date": "2020"},
        "external_ids": {"isrc": "x"},
    },
}
BODIES: tuple[dict[str, Any], ...] = (
    {"items": [PLAY, PLAY], "cursors": {"after": "1763632800000", "before": "1763632700000"}},
    {"access_token": ACCESS, "expires_in": 3600, "refresh_token": REFRESH, "scope": "user-read-recently-played"},
    {"id": "ada", "account_id": "x", "display_name": "Ada"},
    {"error": {"status": 429, "message": "limit", "reason": "QUOTA_EXCEEDED"}},
    {"error": "invalid_grant", "error_description": "Refresh token revoked"},
    {"error": {"message": "Insufficient client scope", "description": "x"}},
)


def answer(dice: random.Random) -> tuple[int, dict[str, str], bytes]:
    """Status, headers, body."""
    body = spoilt(dice, dice.choice(BODIES)) if dice.random() < 0.8 else _nothing(dice)
    headers = {"content-type": dice.choice(KINDS)}
    if dice.random() < 0.5:
        headers["retry-after"] = dice.choice(WAITS)
    if dice.random() < 0.2:
        headers["content-encoding"] = dice.choice(ENCODINGS)
        packed = gzip.compress(body)
        body = dice.choice((body, packed, packed[: dice.randrange(len(packed))]))
    return dice.choice(STATUSES), headers, body


class Server:
    """Gives the same answer to everything."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 200, dict[str, str](), b""
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self._spotify = Spotify(http, "https://api.example/v1", Free(), clock=lambda: NOW)  # type: ignore[arg-type]
        self._accounts = Accounts(http, "https://accounts.example", "app", SecretStr("s" * 32), clock=lambda: NOW)

    async def ask(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Everything that is asked of Spotify, with this answer. Raises what is no error of `shared.spotify.errors`."""
        self.status, self.headers, self.body = status, headers, body
        for call in (
            lambda: self._spotify.recently_played(ACCESS, TURN),
            lambda: self._spotify.me(ACCESS, TURN),
            lambda: self._accounts.refresh(SecretStr(REFRESH)),
            self._accounts.knows_us,
        ):
            try:
                await call()
            except SpotifyError as error:
                said = str(error)
                assert said.isprintable(), said
                assert 0 < len(said) < 500, said
                assert ACCESS not in said, said
                assert REFRESH not in said, said

    def _answer(self, _: httpx.Request) -> httpx.Response:
        told = [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in self.headers.items()]
        return httpx.Response(self.status, headers=told, stream=httpx.ByteStream(self.body))


def _nothing(dice: random.Random) -> bytes:
    return bytes(dice.getrandbits(8) for _ in range(dice.randrange(200)))
