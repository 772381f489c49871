"""Who may come in, without anything behind the door but a page that says so."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from spindle.gateway.guard import guarded
from spindle.gateway.guard.sessions import session
from spindle.gateway.guard.token import cookie
from spindle.gateway.settings import Settings
from spindle.shared.ids import now

TOKEN = SecretStr("correct horse battery staple".replace(" ", "-"))
SETTINGS = Settings(access_token=TOKEN, upload_limit=2)
BEARER = {"authorization": f"Bearer {TOKEN.get_secret_value()}"}
HTML = {"accept": "text/html"}
SIGNED_IN = {"cookie": f"{cookie(SETTINGS)}={session(TOKEN, now())}"}


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    size = len(await Request(scope, receive).body())
    await PlainTextResponse(f"inside, {size}")(scope, receive, send)


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(guarded(inside, SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url=SETTINGS.address) as client:
        yield client


def is_inside(answer: Response | httpx.Response) -> bool:
    return answer.status_code == 200


async def test_a_page_leads_to_the_sign_in_and_back(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/timeline?only=jobs", headers=HTML)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?to=%2Ftimeline%3Fonly%3Djobs"


@pytest.mark.parametrize("path", ["/api/status", "/api/openapi.json", "/api/nothing"])
async def test_the_api_asks_for_the_token(browser: httpx.AsyncClient, path: str) -> None:
    refused = await browser.get(path, headers=HTML)
    let_in = await browser.get(path, headers=BEARER)

    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert is_inside(let_in)


@pytest.mark.parametrize("path", ["/sign-in", "/callback?code=x", "/healthz", "/static/spindle.css"])
async def test_only_what_leads_in_is_open(browser: httpx.AsyncClient, path: str) -> None:
    assert is_inside(await browser.get(path))


@pytest.mark.parametrize("path", ["/static", "/staticx/secret", "/sign-in/", "/healthz/x", "//sign-in", "/callback/.."])
async def test_what_only_looks_open_is_not(browser: httpx.AsyncClient, path: str) -> None:
    assert not is_inside(await browser.get(path))


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {TOKEN.get_secret_value()}"},
        {"authorization": TOKEN.get_secret_value()},
        {"authorization": "Bearer"},
        {"cookie": f"{cookie(SETTINGS)}={TOKEN.get_secret_value()}"},
        {"cookie": f"{cookie(SETTINGS)}=99999999999.{'0' * 64}"},
        {"cookie": f"spindle-1={session(TOKEN, now())}"},
        {"cookie": f"{cookie(SETTINGS)}={session(SecretStr('another token of ours'), now())}"},
    ],
)
async def test_neither_another_token_nor_another_session_opens(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await browser.get("/api/status", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site", "origin": SETTINGS.address},
    ],
)
async def test_a_session_alone_changes_nothing(browser: httpx.AsyncClient, said: dict[str, str]) -> None:
    answer = await browser.post("/listeners/x/pause", headers=SIGNED_IN | said)

    assert answer.status_code == 403


@pytest.mark.parametrize("said", [{"sec-fetch-site": "same-origin"}, {"origin": SETTINGS.address}])
async def test_a_form_of_ours_may_change_things(browser: httpx.AsyncClient, said: dict[str, str]) -> None:
    assert is_inside(await browser.post("/listeners/x/pause", headers=SIGNED_IN | said))


async def test_browsers_say_where_a_form_comes_from_where_nothing_is_encrypted_too(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/sign-in")

    assert answer.headers["referrer-policy"] == "same-origin"


async def test_a_program_with_the_token_need_not_say_where_it_comes_from(browser: httpx.AsyncClient) -> None:
    assert is_inside(await browser.post("/api/x", headers=BEARER))


STRANGE = (
    "evil.example",
    "127.0.0.1.evil.example",
    "evil.example:8765",
    "",
    "127.0.0.1/sign-in",
    "u@127.0.0.1",
    "[::1",
)


@pytest.mark.parametrize("host", STRANGE)
async def test_a_stranger_s_name_is_refused(browser: httpx.AsyncClient, host: str) -> None:
    answer = await browser.get("/api/status", headers=BEARER | {"host": host})

    assert answer.status_code == 400
    assert "SPINDLE_PUBLIC_URL" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1", "LOCALHOST:8765", "[::1]:8765", "[fd00::1]", "my_nas:80"])
async def test_our_names_are_known_whatever_the_port(host: str) -> None:
    name = "http://[FD00::1]:8765" if "fd" in host else "http://my_nas:8765"
    known = guarded(inside, SETTINGS.model_copy(update={"public_url": name}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(known), base_url=name) as client:
        assert is_inside(await client.get("/healthz", headers={"host": host}))


@pytest.mark.parametrize("zone", ["Nowhere%2FPlace", "America", "%00", "%ff", "..%2Fzone.tab", "x" * 65])
async def test_a_zone_that_nobody_knows_here_shuts_nobody_out(browser: httpx.AsyncClient, zone: str) -> None:
    assert is_inside(await browser.get("/sign-in", headers={"cookie": f"zone={zone}"}))


async def test_who_comes_to_localhost_is_led_to_where_spotify_leads_back_to(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("http://localhost:8765/import?user=x", headers=HTML)

    assert answer.headers["location"] == "http://127.0.0.1:8765/import?user=x"


@pytest.mark.parametrize(
    ("path", "size", "let_in"),
    [
        ("/listeners/x/pause", 2**20, True),
        ("/listeners/x/pause", 2**20 + 1, False),
        ("/import/x", 2**20 + 1, True),
        ("/api/users/x/imports", 2**21, True),
        ("/api/users/x/imports", 2**21 + 1, False),
    ],
)
@pytest.mark.parametrize("is_announced", [True, False])
async def test_no_more_is_taken_than_is_allowed(
    browser: httpx.AsyncClient, path: str, size: int, let_in: bool, is_announced: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, size, 2**16):
            yield bytes(min(2**16, size - at))

    answer = await browser.post(path, content=bytes(size) if is_announced else pieces(), headers=BEARER)

    assert answer.status_code == (200 if let_in else 413)
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_nothing_of_others_is_run_framed_or_kept(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/api/status", "/sign-in", "/static/live.js"):
        answer = await browser.get(path, headers=BEARER)
        policy = answer.headers["content-security-policy"]

        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert ("no-store" in answer.headers.get("cache-control", "")) != path.startswith("/static/")
