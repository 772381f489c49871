"""A traceback in a log says where it happened, and shows nothing of what the frames held."""

import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from free import TURN, Free
from pydantic import SecretStr

from spindle.cli.running import logs
from spindle.shared.spotify import errors
from spindle.shared.spotify.accounts import Accounts
from spindle.shared.spotify.client import Spotify
from spindle.shared.spotify.errors import SpotifyError
from spindle.shared.spotify.transport import http_client

ACCESS, REFRESH, SECRET = "BQaccess" * 4, "AQrefresh" * 4, "app-secret" * 4
Server = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers, complaining = root.level, root.handlers[:], logging.raiseExceptions
    yield
    logging.raiseExceptions = complaining
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


def answered(status: int, body: bytes = b"", **headers: str) -> Server:
    """With the request's own words in it, as a server in between might quote them."""

    def server(request: httpx.Request) -> httpx.Response:
        sent = f"{request.headers.get('authorization')} {request.content.decode()}".encode()
        return httpx.Response(status, content=body or sent, headers=headers)

    return server


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("the connection broke", request=request)


SERVERS: dict[type[SpotifyError], Server] = {
    errors.Unreachable: broken,
    errors.Unavailable: answered(503),
    errors.Malformed: answered(200, b'{"items": 7, "access_token": 7'),
    errors.RateLimited: answered(429),
    errors.Unauthorized: answered(401),
    errors.Forbidden: answered(403),
    errors.BadRequest: answered(404),
    errors.Disconnected: answered(400, b'{"error": "invalid_grant"}'),
    errors.BadClient: answered(401, b'{"error": "invalid_client"}'),
}


def asked(kind: type[SpotifyError]) -> Awaitable[object]:
    http = http_client(httpx.MockTransport(SERVERS[kind]))
    if kind in (errors.Disconnected, errors.BadClient, errors.Malformed):
        return Accounts(http, "https://accounts.example", "app", SecretStr(SECRET)).refresh(SecretStr(REFRESH))
    return Spotify(http, "https://api.example/v1", Free()).recently_played(ACCESS, TURN)


async def raised(kind: type[SpotifyError]) -> SpotifyError:
    with pytest.raises(kind) as caught:
        await asked(kind)
    return caught.value


@pytest.mark.parametrize("kind", SERVERS, ids=lambda kind: kind.__name__)
async def test_no_token_is_in_the_traceback_of_any_error(
    kind: type[SpotifyError], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = await raised(kind)

    logs.into_file(tmp_path / "log", verbose=True)
    structlog.get_logger().error("it failed", exc_info=error)
    logging.getLogger("theirs").error("it failed", exc_info=error)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    logs.onto_stderr(verbose=True)
    structlog.get_logger().error("it failed", exc_info=error)

    written, shown = (tmp_path / "log").read_text(), capsys.readouterr().err
    assert [kind.__name__ in json.loads(line)["exception"] for line in written.splitlines()] == [True, True]
    assert shown.count(f"{kind.__name__}: ") >= 3
    for secret in (ACCESS, REFRESH, SECRET):
        assert secret[:12] not in written + shown


async def test_with_the_variables_of_its_frames_a_traceback_would_show_the_token() -> None:
    error = await raised(errors.RateLimited)
    console = structlog.dev.ConsoleRenderer(colors=False)

    text = console(None, "error", {"event": "it failed", "exc_info": error})

    assert ACCESS in text
