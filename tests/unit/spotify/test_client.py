"""Calls to Spotify: what is asked, and what each answer means. The server is a function."""

import asyncio
import gzip
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from free import TURN, Free
from pydantic import SecretStr

from spindle.shared.spotify import errors
from spindle.shared.spotify.accounts import Accounts, Grant
from spindle.shared.spotify.client import Profile, Spotify
from spindle.shared.spotify.errors import Refusal, SpotifyError
from spindle.shared.spotify.transport import http_client

RECORDED = Path(__file__).parents[4] / "shared" / "spotify" / "recorded"
NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
ACCESS = "access-" + "a1B2" * 30
REFRESH = SecretStr("refresh-" + "c3D4" * 30)
CLIENT_SECRET = SecretStr("e5F6" * 8)

Server = Callable[[httpx.Request], httpx.Response]


def spotify(server: Server) -> Spotify:
    return Spotify(http_client(httpx.MockTransport(server)), "https://api.example/v1/", Free(), clock=lambda: NOW)


def accounts(server: Server, client_secret: SecretStr | None = CLIENT_SECRET) -> Accounts:
    http = http_client(httpx.MockTransport(server))
    return Accounts(http, "https://accounts.example", "app", client_secret, clock=lambda: NOW)


def always(status: int, body: object = None, headers: dict[str, str] | None = None) -> Server:
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return lambda _request: httpx.Response(status, content=content, headers=headers)


async def failure(server: Server) -> SpotifyError:
    with pytest.raises(SpotifyError) as caught:
        await spotify(server).recently_played(ACCESS, TURN)
    return caught.value


async def token_failure(server: Server) -> SpotifyError:
    with pytest.raises(SpotifyError) as caught:
        await accounts(server).refresh(REFRESH)
    return caught.value


async def test_a_page_is_asked_for_with_the_token_in_the_header_and_nowhere_else() -> None:
    asked: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"items": []})

    await spotify(server).recently_played(ACCESS, TURN)
    await spotify(server).recently_played(
        ACCESS, TURN, limit=3, before=datetime(2026, 1, 1, 0, 0, 0, 7_000, tzinfo=UTC)
    )
    await spotify(server).recently_played(ACCESS, TURN, after=datetime(2026, 1, 1, tzinfo=UTC))

    assert [str(each.url).removeprefix("https://api.example/v1/me/player/recently-played?") for each in asked] == [
        "limit=50",
        "limit=3&before=1767225600007",
        "limit=50&after=1767225600000",
    ]
    assert {each.headers["authorization"] for each in asked} == {f"Bearer {ACCESS}"}
    assert asked[0].headers["user-agent"].startswith("spindle/")
    assert asked[0].headers["accept-encoding"] == "gzip"


async def test_before_and_after_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="not both"):
        await spotify(always(200, {"items": []})).recently_played(ACCESS, TURN, before=NOW, after=NOW)


async def test_a_packed_answer_is_unpacked() -> None:
    body = gzip.compress(b'{"items": []}')

    found = await spotify(always(200, body, {"content-encoding": "gzip"})).recently_played(ACCESS, TURN)

    assert found.plays == ()


@pytest.mark.parametrize(
    ("answer", "profile"),
    [
        ({"id": "ann", "display_name": "Ann"}, Profile("ann", None, "Ann")),
        ({"id": "ann", "account_id": "acc", "display_name": None, "extra": 1}, Profile("ann", "acc", None)),
        ({"account_id": "acc", "display_name": ""}, Profile("acc", "acc", None)),
    ],
)
async def test_a_profile_of_either_generation_is_read(answer: object, profile: Profile) -> None:
    assert await spotify(always(200, answer)).me(ACCESS, TURN) == profile


async def test_a_profile_of_nobody_is_malformed() -> None:
    with pytest.raises(errors.Malformed):
        await spotify(always(200, {"display_name": "Ann"})).me(ACCESS, TURN)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded responses are not here")
@pytest.mark.parametrize(("name", "user"), [("java/me", "wizzler"), ("kaaes/me", "thelinmichael")])
async def test_every_recorded_profile_is_read(name: str, user: str) -> None:
    profile = await spotify(always(200, (RECORDED / f"{name}.json").read_bytes())).me(ACCESS, TURN)

    assert profile.id == user


EXPECTED: dict[str, tuple[type[SpotifyError], dict[str, object]]] = {
    "429 quota": (errors.RateLimited, {"quota": True, "retry_after": timedelta(seconds=52531)}),
    "429 quota (documented body)": (errors.RateLimited, {"quota": True, "retry_after": timedelta(seconds=30)}),
    "429 rate, text body": (errors.RateLimited, {"quota": False, "retry_after": timedelta(seconds=19056)}),
    "429 rate, JSON body": (errors.RateLimited, {"quota": False, "retry_after": timedelta(seconds=3)}),
    "401 expired": (errors.Unauthorized, {}),
    "401 no token": (errors.Unauthorized, {}),
    "401 bogus token": (errors.Unauthorized, {}),
    "403 owner not Premium": (errors.Forbidden, {"kind": Refusal.PREMIUM}),
    "403 user not allow-listed": (errors.Forbidden, {"kind": Refusal.NOT_REGISTERED}),
    "403 removed or foreign playlist endpoint": (errors.Forbidden, {"kind": Refusal.REMOVED}),
    "403 scope": (errors.Forbidden, {"kind": Refusal.SCOPE}),
    "400 bad id": (errors.BadRequest, {"status": 400}),
    "404": (errors.BadRequest, {"status": 404}),
    "token: refresh token revoked": (errors.Disconnected, {"reason": "Refresh token revoked"}),
    "token: refresh token older than 6 months": (errors.Disconnected, {"reason": "invalid_grant"}),
    "token: bad client": (errors.BadClient, {}),
    "token: no client at all": (errors.BadClient, {}),
}


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded responses are not here")
async def test_every_observed_error_becomes_its_own() -> None:
    observed = json.loads((RECORDED / "_errors-observed.json").read_bytes())
    assert {each["kind"] for each in observed} == set(EXPECTED)

    for each in observed:
        body = each.get("body_text") or each["body_json"]
        ask = token_failure if each["kind"].startswith("token:") else failure

        error = await ask(always(each["status"], body, {**each["headers"], "content-length": str(len(str(body)))}))

        kind, attributes = EXPECTED[each["kind"]]
        assert type(error) is kind, each["kind"]
        assert {name: getattr(error, name) for name in attributes} == attributes


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded responses are not here")
@pytest.mark.parametrize("path", sorted(RECORDED.glob("*/error-*.json")), ids=lambda path: path.stem)
async def test_every_recorded_error_body_is_understood(path: Path) -> None:
    body = await asyncio.to_thread(path.read_bytes)

    said = str(await (token_failure if "token" in path.stem else failure)(always(400, body)))

    assert "no reason" not in said


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded responses are not here")
@pytest.mark.parametrize(
    "path", sorted(RECORDED.glob("*/token-*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
async def test_every_recorded_token_is_read(path: Path) -> None:
    body = await asyncio.to_thread(path.read_bytes)
    answer = json.loads(body)

    grant = await accounts(always(200, body)).refresh(REFRESH)

    assert grant.access_token.get_secret_value() == answer["access_token"]
    assert (grant.refresh_token and grant.refresh_token.get_secret_value()) == answer.get("refresh_token")
    assert grant.scope == answer.get("scope")
    assert grant.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
async def test_trouble_at_spotify_is_unavailable(status: int) -> None:
    error = await failure(always(status, "<html>Bad gateway</html>"))

    assert isinstance(error, errors.Unavailable)
    assert error.status == status


@pytest.mark.parametrize("status", [204, 301, 302, 304])
async def test_a_status_that_nobody_promised_is_malformed(status: int) -> None:
    error = await failure(always(status, "", {"location": "https://elsewhere.example/"}))

    assert isinstance(error, errors.Malformed)


@pytest.mark.parametrize("body", ["", "hello", "[]", '{"error": null}', b"\x1f\x8b"])
async def test_an_answer_that_is_no_page_is_malformed(body: str | bytes) -> None:
    assert isinstance(await failure(always(200, body)), errors.Malformed)
    assert isinstance(await token_failure(always(200, body)), errors.Malformed)


async def test_broken_gzip_is_malformed() -> None:
    assert isinstance(await failure(always(200, b"nonsense", {"content-encoding": "gzip"})), errors.Malformed)


FAILURES = [httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError]


@pytest.mark.parametrize("kind", [*FAILURES, ConnectionResetError, TimeoutError])
async def test_a_network_that_fails_is_unreachable(kind: type[Exception]) -> None:
    def server(_request: httpx.Request) -> httpx.Response:
        raise kind("no")

    assert isinstance(await failure(server), errors.Unreachable)
    assert isinstance(await token_failure(server), errors.Unreachable)


@pytest.mark.parametrize(
    "body", ["Player command failed: Premium required", {"error": {"message": "Premium required"}}]
)
async def test_a_refusal_is_known_by_its_words_in_text_or_json(body: object) -> None:
    error = await failure(always(403, body))

    assert isinstance(error, errors.Forbidden)
    assert error.kind == Refusal.PREMIUM


@pytest.mark.parametrize(
    "body",
    ["<html>Premium is not registered</html>", "\ufeff\n<!DOCTYPE html>\nForbidden", b"<title>403 Forbidden</title>"],
)
async def test_a_page_is_no_refusal_of_spotifys(body: object) -> None:
    error = await failure(always(403, body))

    assert isinstance(error, errors.Forbidden)
    assert error.kind == Refusal.PROXY
    assert "a proxy or a firewall" in str(error)


async def test_forbidden_in_plain_text_does_not_say_that_anything_was_removed() -> None:
    error = await failure(always(403, "Forbidden"))

    assert isinstance(error, errors.Forbidden)
    assert error.kind == Refusal.UNKNOWN


async def test_a_refusal_for_an_unknown_reason_repeats_it() -> None:
    error = await failure(always(403, {"error": {"status": 403, "message": "Not on a\nSunday\0."}}))

    assert isinstance(error, errors.Forbidden)
    assert error.kind == Refusal.UNKNOWN
    assert str(error) == "Spotify refuses this: Not on a Sunday."


async def test_a_confidential_client_says_its_secret_in_the_header() -> None:
    asked: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": "new", "expires_in": 3600})

    await accounts(server).refresh(REFRESH)
    await accounts(server, client_secret=None).refresh(REFRESH)

    token = REFRESH.get_secret_value()
    assert {str(each.url) for each in asked} == {"https://accounts.example/api/token"}
    assert asked[0].headers["authorization"] == httpx.BasicAuth("app", CLIENT_SECRET.get_secret_value())._auth_header
    assert asked[0].content.decode() == f"grant_type=refresh_token&refresh_token={token}"
    assert "authorization" not in asked[1].headers
    assert asked[1].content.decode() == f"grant_type=refresh_token&refresh_token={token}&client_id=app"


@pytest.mark.parametrize(
    ("answer", "grant"),
    [
        ({}, Grant(SecretStr("new"), NOW + timedelta(hours=1))),
        ({"expires_in": "60"}, Grant(SecretStr("new"), NOW + timedelta(seconds=60))),
        ({"expires_in": -5}, Grant(SecretStr("new"), NOW)),
        ({"expires_in": 1e300}, Grant(SecretStr("new"), NOW + timedelta(days=1))),
        ({"refresh_token": None}, Grant(SecretStr("new"), NOW + timedelta(hours=1))),
        ({"refresh_token": ""}, Grant(SecretStr("new"), NOW + timedelta(hours=1))),
        ({"refresh_token": "r2"}, Grant(SecretStr("new"), NOW + timedelta(hours=1), SecretStr("r2"))),
        ({"scope": "a b"}, Grant(SecretStr("new"), NOW + timedelta(hours=1), None, "a b")),
    ],
)
async def test_a_grant_is_read_with_whatever_is_missing(answer: dict[str, object], grant: Grant) -> None:
    assert await accounts(always(200, {"access_token": "new", **answer})).refresh(REFRESH) == grant


@pytest.mark.parametrize("token", [None, "", 7, "two words", "line\nbreak", "ü"])
async def test_an_access_token_that_fits_no_header_is_malformed(token: object) -> None:
    assert isinstance(await token_failure(always(200, {"access_token": token})), errors.Malformed)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 418, 429, 500])
async def test_no_error_repeats_a_secret_that_the_server_echoes(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def echo(request: httpx.Request) -> httpx.Response:
        sent = f"{request.headers.get('authorization', '')} {request.content.decode()}"
        message = {"error": {"message": sent, "reason": sent}, "error_description": sent, "access_token": [sent]}
        return httpx.Response(status, json=message)

    def echo_grant(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"error": "invalid_grant", "error_description": request.content.decode()})

    def echo_text(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text=f"{request.headers.get('authorization', '')} {request.content.decode()}")

    for server in (echo, echo_grant, echo_text):
        for ask in (failure, token_failure):
            error = await ask(server)
            basic = httpx.BasicAuth("app", CLIENT_SECRET.get_secret_value())._auth_header.removeprefix("Basic ")
            for secret in (ACCESS, REFRESH.get_secret_value(), CLIENT_SECRET.get_secret_value(), basic):
                assert secret not in f"{error} {error!r} {error.__cause__!r} {error.__context__!r} {caplog.text}"


def test_a_grant_does_not_show_its_tokens() -> None:
    text = repr(Grant(SecretStr("the access"), NOW, SecretStr("the refresh")))

    assert "the access" not in text
    assert "the refresh" not in text


def test_the_docstring_of_an_error_is_its_message() -> None:
    assert str(errors.Unreachable()) == "Spotify did not answer."
    assert str(errors.Unauthorized()) == "Spotify does not accept this access token (any more)."
