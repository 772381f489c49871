"""A TCP proxy whose connections can be cut, slowed down, swallowed and refused."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from spindle.cli.chaos.faults import How

_PIECE = 64 * 1024
_LATENCY = 0.15  # seconds, each way, of a slow connection
_TRICKLE = 200_000  # bytes a second of a slow connection


@dataclass
class Proxy:
    """On 127.0.0.1, in front of a port there. What is swallowed arrives late, when it is over; nothing is altered."""

    to: int
    port: int = 0
    _trouble: How | None = None
    _flows: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _server: asyncio.Server | None = field(default=None, repr=False)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set, repr=False)

    async def start(self) -> "Proxy":
        self._flows.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def trouble(self, how: How | None) -> None:
        """From now on, until it is told otherwise; what was slowed down or swallowed goes on."""
        self._trouble = how
        if how in (How.CUT, How.REFUSE):
            self.cut()
        (self._flows.clear if how is How.SWALLOW else self._flows.set)()

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """As when a cable is pulled and the other side has noticed: both ends get a reset."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._trouble is How.REFUSE:
            writer.transport.abort()
            return
        try:
            behind, onward = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, onward}
        try:
            await asyncio.gather(self._pump(reader, onward), self._pump(behind, writer))
        finally:
            self._writers -= {writer, onward}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                await self._delayed(len(piece))
                writer.write(piece)
                await writer.drain()
        with suppress(OSError):
            writer.close()

    async def _delayed(self, size: int) -> None:
        if self._trouble is How.SLOW:
            await asyncio.sleep(_LATENCY + size / _TRICKLE)
        await self._flows.wait()
