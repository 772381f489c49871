"""The HTTP API as a program meets it: a gateway of the stack on a port of its own, and the token that opens it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr
from stack import Stack

from spindle.embedded.ports import choose

TOKEN = "opens-this-door-in-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Api:
    """Asks, and expects what it is told to expect."""

    http: httpx.AsyncClient

    async def get(self, path: str, status: int = 200, **asked: Any) -> Any:
        return self._read(await self.http.get(f"/api/{path}", params=asked or None), status)

    async def post(self, path: str, status: int = 200, **sent: Any) -> Any:
        return self._read(await self.http.post(f"/api/{path}", **sent), status)

    async def text(self, path: str, **asked: Any) -> str:
        answer = await self.http.get(f"/api/{path}", params=asked or None)
        assert answer.status_code == 200, answer.text
        return answer.text

    def _read(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        told = answer.json()
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert (set(told), told["status"]) == ({"type", "title", "status", "detail"}, status)
            return told["detail"]
        return told


@asynccontextmanager
async def api_of(stack: Stack, **told: Any) -> AsyncIterator[Api]:
    port = choose()
    await stack.start("gateway", port=port, access_token=SecretStr(TOKEN), **told)
    asks = {"base_url": f"http://127.0.0.1:{port}", "headers": BEARER, "timeout": 30}
    soon = httpx.Limits(keepalive_expiry=1)  # sooner than the gateway, who resets what comes while it hangs up
    async with httpx.AsyncClient(trust_env=False, limits=soon, **asks) as http:
        yield Api(http)
