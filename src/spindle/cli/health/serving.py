"""`/health`, `/health/live` and `/health/ready` of this process, from a thread: also when the loop is stuck."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler
from socket import AF_INET, AF_INET6
from socketserver import ThreadingTCPServer
from threading import Thread
from typing import cast

from faststream import FastStream
from pydantic import Field
from pydantic_settings import BaseSettings

from spindle.cli.errors import CommandError
from spindle.cli.health.pulse import Pulse, Report
from spindle.shared.settings import FROM_OUTSIDE

_PATHS = ("/health", "/health/live", "/health/ready")


class Settings(BaseSettings):
    model_config = FROM_OUTSIDE

    health_port: int | None = Field(None, ge=0, le=65535)
    """The port on which `/health` is served; without it, none is."""
    health_host: str = "127.0.0.1"
    """The address it is served on; in a container 0.0.0.0."""


@asynccontextmanager
async def served(services: Mapping[str, FastStream], settings: Settings | None = None) -> AsyncIterator[int | None]:
    """The port, or None when nobody wants it. A service counts from the moment that it is put into `services`."""
    wanted = settings or Settings()
    if wanted.health_port is None:
        yield None
        return
    pulse = Pulse(services)
    door = _open(wanted.health_host, wanted.health_port, pulse.report)
    beat = asyncio.create_task(pulse.beat())
    Thread(target=door.serve_forever, name="health", daemon=True).start()
    try:
        yield int(door.server_address[1])
    finally:
        beat.cancel()
        await asyncio.to_thread(door.shutdown)
        door.server_close()


class _Endpoint(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, host: str, port: int, report: Callable[[], Report]) -> None:
        self.address_family = AF_INET6 if ":" in host else AF_INET
        self.report = report
        super().__init__((host, port), _Answer)


def _open(host: str, port: int, report: Callable[[], Report]) -> _Endpoint:
    try:
        return _Endpoint(host, port, report)
    except OSError as error:
        raise CommandError(f"SPINDLE_HEALTH_PORT: {host}:{port} cannot be listened on: {error.strerror}") from error


class _Answer(BaseHTTPRequestHandler):
    timeout = 5  # seconds for a request to arrive

    def do_GET(self) -> None:
        wanted = self.path.partition("?")[0].rstrip("/")
        if wanted not in _PATHS:
            self._send(404, {"error": f"there are {', '.join(_PATHS)}"})
            return
        report = cast("_Endpoint", self.server).report()
        good = report.live if wanted.endswith("live") else report.live and report.ready
        self._send(200 if good else 503, asdict(report))

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, status: int, told: Mapping[str, object]) -> None:
        body = json.dumps(told).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Being asked is no news."""

    def version_string(self) -> str:
        return "spindle"
