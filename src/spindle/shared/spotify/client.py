"""Spotify's Web API, as far as Spindle asks it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import httpx

from spindle.shared.ids import now
from spindle.shared.spotify import plays, wire
from spindle.shared.spotify.door import Family, family
from spindle.shared.spotify.errors import Malformed
from spindle.shared.spotify.line import Line, Turn
from spindle.shared.spotify.plays import EPOCH, MILLISECOND, RecentlyPlayed
from spindle.shared.spotify.refusals import refused
from spindle.shared.spotify.transport import send


@dataclass(frozen=True, slots=True)
class Profile:
    """Who is listening. `account_id` is what Spotify wants accounts to be linked by; older apps are not told it."""

    id: str
    account_id: str | None
    display_name: str | None


class Spotify:
    """Every call is one request, made when its `Turn` has come, and raises the errors of `errors`; nothing is tried
    twice here."""

    def __init__(
        self, http: httpx.AsyncClient, api_url: str, line: Line, *, clock: Callable[[], datetime] = now
    ) -> None:
        self._http = http
        self._api_url = api_url.rstrip("/")
        self._line = line
        self._clock = clock

    async def recently_played(
        self,
        access_token: str,
        turn: Turn,
        *,
        limit: int = 50,
        before: datetime | None = None,
        after: datetime | None = None,
    ) -> RecentlyPlayed:
        """Both cursors are exclusive, and at most one may be given. `after` finds the newest plays (facts.md §1.2)."""
        if before and after:
            raise ValueError("Spotify takes one of before and after, not both")
        asked = {"limit": limit, "before": _cursor(before), "after": _cursor(after)}
        body = await self._get(access_token, turn, "/me/player/recently-played", asked)
        return plays.read(body)

    async def me(self, access_token: str, turn: Turn) -> Profile:
        user = wire.read(wire.User, await self._get(access_token, turn, "/me", {}))
        found = user.id or user.account_id
        if not found:
            raise Malformed("Spotify does not say who this is.")
        return Profile(id=found, account_id=user.account_id, display_name=user.display_name)

    async def _get(self, access_token: str, turn: Turn, path: str, asked: dict[str, int | None]) -> bytes:
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        headers = {"Authorization": f"Bearer {access_token}"}
        request = self._http.build_request("GET", f"{self._api_url}{path}?{query}".rstrip("?"), headers=headers)
        return await self._line.call(family(path), turn, lambda: self._answer(request, family(path)))

    async def _answer(self, request: httpx.Request, of: Family) -> bytes:
        response = await send(self._http, request, of)
        if response.status_code != httpx.codes.OK:
            raise refused(response, self._clock())
        return response.content


def _cursor(at: datetime | None) -> int | None:
    return (at - EPOCH) // MILLISECOND if at else None
