"""A real NATS server with an empty `tokens` bucket, and an accounts server whose behaviour a test can choose."""

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from urllib.parse import parse_qs

import nats
import pytest
from nats.js.kv import KeyValue


@pytest.fixture
async def kv(nats_url: str) -> AsyncIterator[KeyValue]:
    bus = await nats.connect(nats_url, reconnect_time_wait=0.1, max_reconnect_attempts=-1)
    yield await bus.jetstream().create_key_value(bucket="tokens", history=1)
    await bus.close()


@dataclass
class AccountsServer:
    """Spotify's accounts service, with one listener. `meanwhile` runs in the midst of every request."""

    url: str = ""
    valid: str = "refresh-1-" + "x" * 40
    rotates: bool = False
    lifetime: int = 3600
    answers: list[tuple[int, object]] = field(default_factory=list)
    """Instead of its own, while there are any."""
    meanwhile: Callable[[int], None] = lambda _call: time.sleep(0.2)
    calls: list[str] = field(default_factory=list)
    """The refresh tokens that were sent."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, form: dict[str, list[str]]) -> tuple[int, object]:
        sent = form["refresh_token"][0]
        with self.lock:
            self.calls.append(sent)
            call = len(self.calls)
            answer = self.answers.pop(0) if self.answers else self.grant(sent, call)
        self.meanwhile(call)
        return answer

    def grant(self, sent: str, call: int) -> tuple[int, object]:
        if sent != self.valid:
            return 400, {"error": "invalid_grant", "error_description": "Refresh token revoked"}
        found = {"access_token": f"access-{call}-" + "y" * 40, "token_type": "Bearer", "expires_in": self.lifetime}
        if self.rotates:
            self.valid = found["refresh_token"] = f"refresh-{call + 1}-" + "x" * 40
        return 200, found


@pytest.fixture
def spotify_accounts() -> Iterator[AccountsServer]:
    accounts = AccountsServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            status, answer = accounts.answer(form)
            body = dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    accounts.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield accounts
    server.shutdown()
    thread.join()
    server.server_close()
