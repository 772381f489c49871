"""Every way in: without the token there is none but those that lead to it."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from nats.aio.client import Client
from pydantic import SecretStr
from starlette.routing import Mount

from spindle.gateway.app import app, rooms
from spindle.gateway.guard.token import OPEN
from spindle.gateway.here import Gateway
from spindle.gateway.latest import Latest
from spindle.gateway.live.feed import Feed
from spindle.gateway.settings import Settings

SETTINGS = Settings(access_token=SecretStr("not-sent-with-any-of-these"), secret_key=SecretStr("ab" * 32))
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ROUNDABOUT = (
    *("/docs", "/redoc", "/openapi.json", "/nothing", "//api/status", "/api/../api/status", "/API/STATUS"),
    *("/sign-in/", "/sign-in/../api/status", "/healthz/", "/healthz/x", "/callback/x", "/static", "/staticx"),
)


def gateway() -> Gateway:
    """Nobody behind it answers: who is refused has asked nobody."""
    return Gateway(SETTINGS, Client(), Latest(Client()), Feed(Client(), SETTINGS.nats_url))


def paths() -> Iterator[str]:
    """Of all routes, with something in place of their parameters."""
    routes = rooms(gateway()).routes
    yield from (f"{route.path}/x" for route in routes if isinstance(route, Mount))
    for found in iter_route_contexts(routes):
        yield re.sub(r"{\w+}", "x", str(found.path))


@pytest.fixture
async def stranger() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app(gateway()))
    async with httpx.AsyncClient(transport=transport, base_url=SETTINGS.address) as client:
        yield client


async def test_without_the_token_nothing_is_reached_but_what_leads_to_it(stranger: httpx.AsyncClient) -> None:
    every = {*paths(), *ROUNDABOUT}
    guarded = sorted(path for path in every if path not in OPEN and not path.startswith("/static/"))

    refused = {
        f"{method} {path}": (await stranger.request(method, path)).status_code for path in guarded for method in METHODS
    }

    assert len(guarded) > 40
    assert {way: status for way, status in refused.items() if status != 401} == {}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sign-in", 200),
        ("/healthz", 200),
        ("/static/spindle.css", 200),
        ("/callback", 400),
        ("/static/..%2f..%2fapi/status", 404),
        ("/static/%2e%2e/app.py", 404),
    ],
)
async def test_what_is_open_leads_no_further(stranger: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await stranger.get(path)

    assert (answer.status_code, "json" in answer.headers["content-type"]) == (status, path == "/healthz")


async def test_a_page_names_what_its_files_hold_so_that_browsers_keep_these_and_no_others(
    stranger: httpx.AsyncClient,
) -> None:
    named = re.findall(r'"(/static/[^"?]+)([^"]*)"', (await stranger.get("/sign-in")).text)

    async def told(path: str) -> str:
        return (await stranger.get(path)).headers["cache-control"]

    assert len(named) == 3
    assert {await told(path + version) for path, version in named} == {"public, max-age=31536000, immutable"}
    assert {await told(path + other) for path, _ in named for other in ("", "?v=1", "?v=")} == {"no-cache"}


HALF = b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n\\ud800\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (
            "/sign-in",
            {"content": HALF, "headers": {"content-type": "multipart/form-data; boundary=x; charset=unicode_escape"}},
        ),
        ("/listeners/01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f/pause", {"data": {"what": "everything" * 9999}}),
    ],
)
async def test_a_form_that_makes_no_sense_is_refused(stranger: httpx.AsyncClient, path: str, asked: Any) -> None:
    stranger.headers["authorization"] = f"Bearer {SETTINGS.access_token.get_secret_value()}"

    assert (await stranger.post(path, **asked)).status_code == 422


async def test_a_page_of_listeners_after_nobody_is_refused(stranger: httpx.AsyncClient) -> None:
    stranger.headers["authorization"] = f"Bearer {SETTINGS.access_token.get_secret_value()}"

    assert (await stranger.get("/?after=nobody")).status_code == 422


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/api/users/Ada/plays?since=2026-11-01", "since: a time is written as in 2026-11-20T10:05:09Z"),
        ("/api/jobs?kind=dance", "kind: Input should be 'archive', 'initial' or 'poll'"),
    ],
)
async def test_what_was_asked_wrongly_is_told_in_words(stranger: httpx.AsyncClient, path: str, detail: str) -> None:
    stranger.headers["authorization"] = f"Bearer {SETTINGS.access_token.get_secret_value()}"

    assert (await stranger.get(path)).json()["detail"] == detail
