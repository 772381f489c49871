"""Serving an app over HTTP in this loop, beside everything else that runs in it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

from starlette.types import ASGIApp
from uvicorn import Config, Server

from spindle.gateway.errors import PortTaken

_DRAINED_WITHIN = 2  # seconds; streams of events have no end of their own


def listening(host: str, port: int) -> socket.socket:
    """Here, so that a taken port is an error of ours before anything runs. Raises `PortTaken`; port 0 takes any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(2048)
    except OSError as error:
        found.close()
        raise PortTaken(host, port, error.strerror or str(error)) from error
    return found


@asynccontextmanager
async def served(app: ASGIApp, at: socket.socket) -> AsyncIterator[None]:
    """From the moment that requests are answered; behind a proxy on this machine, as the proxy was asked."""
    server = _Server(
        Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,  # a path may hold what is nobody's business: a code of Spotify's
            server_header=False,
            timeout_graceful_shutdown=_DRAINED_WITHIN,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[at]))
    try:
        await server.ready.wait()
        yield
    finally:
        server.should_exit = True
        await task
        at.close()


class _Server(Server):
    """Signals are somebody else's."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
