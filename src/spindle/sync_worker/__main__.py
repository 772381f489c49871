"""`python -m spindle.sync_worker`: one sync worker in a process of its own."""

import asyncio

from spindle.sync_worker.service import build
from spindle.sync_worker.settings import Settings

if __name__ == "__main__":
    asyncio.run(build(Settings()).run())
