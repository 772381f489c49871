"""`python -m spindle.scheduler`: one scheduler in a process of its own."""

import asyncio

from spindle.scheduler.service import build
from spindle.scheduler.settings import Settings

if __name__ == "__main__":
    asyncio.run(build(Settings()).run())
