"""A faithful Spotify for the demo, the tests and the benchmarks: login, history, exports, faults on demand.

serves: HTTP `/authorize`, `/api/token`, `/v1/me`, `/v1/me/player/recently-played`; scripts steer it under `/control`
owns: its seeded world; `build(…)` is an ASGI app for `httpx.ASGITransport` or for `async with serve(app) as address`
"""

from spindle.simulator.app import build
from spindle.simulator.clock import Clock
from spindle.simulator.serving import serve
from spindle.simulator.settings import Lifetime, Profile, Refresh, Settings
from spindle.simulator.worlds.files import BadWorld, replayed
from spindle.simulator.worlds.stamps import Stamps

__all__ = ["BadWorld", "Clock", "Lifetime", "Profile", "Refresh", "Settings", "Stamps", "build", "replayed", "serve"]
