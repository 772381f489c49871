"""A simulated Spotify in the test's own process, asked as any client would ask it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
import pytest

from spindle.simulator import Clock, Settings, build

START = datetime(2026, 11, 21, 21, tzinfo=UTC)
RECENT = "/v1/me/player/recently-played"
Answer = dict[str, Any]


@dataclass
class Spotify:
    """A client of one simulator, with the first listener's tokens at hand."""

    http: httpx.AsyncClient

    async def control(self, path: str, /, **body: object) -> Answer:
        answer = await self.http.post(f"/control/{path}", json=body)
        assert answer.is_success, answer.text
        found: Answer = answer.json()
        return found

    async def listener(self, at: int = 0) -> Answer:
        found: Answer = (await self.http.get("/control/listeners")).json()[at]
        return found

    async def refresh(self, token: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return await self.http.post("/api/token", data=form, auth=("client", "secret"))

    async def bearer(self, at: int = 0) -> dict[str, str]:
        answer = await self.refresh((await self.listener(at))["refresh_token"])
        return {"authorization": f"Bearer {answer.json()['access_token']}"}

    async def recent(self, bearer: dict[str, str], **query: int) -> Answer:
        answer = await self.http.get(RECENT, params=query, headers=bearer)
        assert answer.status_code == 200, answer.text
        found: Answer = answer.json()
        return found

    async def truth(self, at: int = 0, **query: object) -> list[Answer]:
        own = (await self.listener(at))["id"]
        found: list[Answer] = (await self.http.get(f"/control/truth/{own}", params=query)).json()["plays"]  # type: ignore[arg-type]
        return found


class Started(Protocol):
    async def __call__(self, settings: Settings | None = None) -> Spotify: ...


@pytest.fixture
async def spotify() -> AsyncIterator[Started]:
    """Starts simulators whose clock stands still at nine in the evening."""
    async with AsyncExitStack() as stack:

        async def started(settings: Settings | None = None) -> Spotify:
            app = build(settings, Clock(START, speed=0))
            transport = httpx.ASGITransport(app)
            http = httpx.AsyncClient(transport=transport, base_url="http://spotify.test", timeout=5)
            return Spotify(await stack.enter_async_context(http))

        yield started
