"""Clients of `/api/events` on real sockets: what each was told, by number."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import cast

_TOLD = re.compile(rb"(?<![^\n])id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n")
_PLACE = re.compile(rb"(?<![^\n])id: (\d+)\n\n")


@dataclass
class Heard(asyncio.Protocol):
    """One connection after the other; what it has heard and where it is remain, as in a browser."""

    port: int
    token: str
    query: str = ""
    place: int | None = None
    """The last id, which the next connection begins with."""
    numbers: list[int] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    last: bytes = b""
    ended: bool = False
    transport: asyncio.Transport | None = None
    _rest: bytes = b""

    async def connect(self) -> None:
        self.ended, self._rest = False, b""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.port)

    def leave(self) -> None:
        assert self.transport
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        again = f"Last-Event-ID: {self.place}\r\n" if self.place is not None else ""
        self.transport.write(
            f"GET /api/events{self.query} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {self.token}\r\n{again}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        whole, end, self._rest = (self._rest + data).rpartition(b"\n\n")
        pieces = whole + end
        if found := _PLACE.search(pieces):
            self.place = int(found[1])
        for number, name, told in _TOLD.findall(pieces):
            self.place = int(number)
            self.numbers.append(self.place)
            self.names.add(name.decode())
            self.last = told

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
