"""`python -m spindle.poll_worker`: one poll worker in a process of its own."""

import asyncio

from spindle.poll_worker.service import build
from spindle.poll_worker.settings import Settings

if __name__ == "__main__":
    asyncio.run(build(Settings()).run())
