"""The line between a browser and a gateway, and a test that pulls it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from spindle.cli.chaos.faults import How
from spindle.cli.chaos.proxy import Proxy


class Cable:
    """To a port of this machine."""

    def __init__(self, to: int) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._proxy = Proxy(to)
        asyncio.run_coroutine_threadsafe(self._proxy.start(), self._loop).result()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._proxy.port}"

    @contextmanager
    def pulled(self) -> Iterator[None]:
        self._loop.call_soon_threadsafe(self._proxy.trouble, How.REFUSE)
        yield
        self._loop.call_soon_threadsafe(self._proxy.trouble, None)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._proxy.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
