"""The HTTP side of health and metrics: a few answers at a time, so that nobody can use up our threads and files."""

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler
from socket import AF_INET, AF_INET6, SHUT_RDWR, socket
from socketserver import ThreadingTCPServer
from threading import BoundedSemaphore
from time import monotonic
from typing import cast

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from spindle.cli.health.pulse import Report

_Request = socket | tuple[bytes, socket]  # for UDP, and never here

_METRICS = "/metrics"
_PATHS = ("/health", "/health/live", "/health/ready")
_AT_ONCE = 16
_PATIENCE = 5.0  # seconds for a request to arrive and its answer to go


class Endpoint(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, host: str, port: int, report: Callable[[], Report], metrics: Callable[[], bytes]) -> None:
        self.address_family = AF_INET6 if ":" in host else AF_INET
        self.report = report
        self.metrics = metrics
        self._room = BoundedSemaphore(_AT_ONCE)
        self._since: dict[_Request, float] = {}
        super().__init__((host, port), _Answer)

    def process_request(self, request: _Request, client_address: object) -> None:
        """When there is no room the one that has been here longest goes: whoever only dawdles keeps nobody out."""
        if not self._room.acquire(blocking=False):
            for oldest in list(self._since)[:1]:
                _hang_up(oldest)
            self._room.acquire()  # in a moment: nothing that we do for anybody takes longer than a second
        self._since[request] = monotonic()
        super().process_request(request, client_address)

    def service_actions(self) -> None:
        """Twice a second. A socket's own timeout would begin anew with every byte."""
        for request, since in list(self._since.items()):
            if monotonic() - since > _PATIENCE:
                _hang_up(request)

    def shutdown_request(self, request: _Request) -> None:
        """The end of every request, however it went."""
        super().shutdown_request(request)
        if self._since.pop(request, None) is not None:
            self._room.release()

    def handle_error(self, request: _Request, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # who leaves early is no news
            super().handle_error(request, client_address)


def _hang_up(request: _Request) -> None:
    """Its thread wakes up and ends."""
    with suppress(OSError):
        cast("socket", request).shutdown(SHUT_RDWR)


def _json(told: Mapping[str, object]) -> bytes:
    return json.dumps(told).encode() + b"\n"


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        wanted = self.path.partition("?")[0].rstrip("/")
        if wanted == _METRICS:
            self._send(200, cast("Endpoint", self.server).metrics(), CONTENT_TYPE_PLAIN_0_0_4)
            return
        if wanted not in _PATHS:
            self._send(404, _json({"error": f"there are {', '.join((*_PATHS, _METRICS))}"}))
            return
        report = cast("Endpoint", self.server).report()
        good = report.live if wanted.endswith("live") else report.live and report.ready
        self._send(200 if good else 503, _json(asdict(report)))

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Being asked is no news."""

    def version_string(self) -> str:
        return "spindle"
