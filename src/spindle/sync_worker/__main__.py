"""`python -m spindle.sync_worker`: one sync worker in a process of its own."""

import asyncio
import os

from spindle.shared.environment import complete
from spindle.sync_worker.service import build
from spindle.sync_worker.settings import Settings

if __name__ == "__main__":
    complete(os.environ)
    asyncio.run(build(Settings()).run())
