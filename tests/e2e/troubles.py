"""Every way in which the simulated Spotify can fail."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import Any

from spindle.simulator import Refresh, Settings, build, serve

RENEWAL = "/api/token"
Fault = dict[str, Any]

FAULTS: list[Fault] = [
    {"kind": "hang"},
    {"kind": "hang", "path": RENEWAL},
    {"kind": "drop"},
    {"kind": "drop", "path": RENEWAL},
    *({"kind": "unauthorized", "variant": variant} for variant in ("expired", "invalid", "missing")),
    *({"kind": "forbidden", "variant": variant} for variant in ("forbidden", "scope", "premium", "not-registered")),
    {"kind": "server", "status": 500},
    {"kind": "server", "status": 502, "body": "text"},
    {"kind": "server", "status": 503, "path": RENEWAL},
    *({"kind": "malformed", "variant": variant} for variant in ("json", "items", "empty")),
    {"kind": "rate", "retry_after": "1", "path": RENEWAL},
    {"kind": "rate", "retry_after": "1"},
    {"kind": "quota", "retry_after": "1"},
    {"kind": "rate", "body": "text"},
]
"""Those that hold up everybody come last."""

FATAL: list[Fault] = [{"kind": "malformed", "variant": variant, "path": RENEWAL} for variant in ("json", "empty")]
"""They lose a refresh token that was exchanged: whoever had it is disconnected."""


@contextmanager
def spotify(client_id: str, client_secret: str, listeners: int, access_seconds: float) -> Iterator[str]:
    """In a thread, and so in no command line: its client secret is one of those that must not be seen."""
    settings = Settings(
        listeners=listeners,
        listening_now=True,
        late=False,
        refresh=Refresh.ROTATE,
        access_seconds=access_seconds,
        client_id=client_id,
        client_secret=client_secret,
    )
    address: Queue[str] = Queue()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        async with serve(build(settings)) as where:
            address.put(where)
            await over.wait()

    thread = Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    try:
        yield address.get(timeout=60)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(60)
        loop.close()
