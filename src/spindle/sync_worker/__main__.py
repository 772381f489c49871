"""`python -m spindle.sync_worker`: one sync worker in a process of its own."""

import os

from spindle.shared import loop
from spindle.shared.environment import complete
from spindle.sync_worker.service import build
from spindle.sync_worker.settings import Settings

if __name__ == "__main__":
    complete(os.environ)
    loop.run(build(Settings()).run())
