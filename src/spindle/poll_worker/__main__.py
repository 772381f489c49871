"""`python -m spindle.poll_worker`: one poll worker in a process of its own."""

import os

from spindle.poll_worker.service import build
from spindle.poll_worker.settings import Settings
from spindle.shared import loop
from spindle.shared.environment import complete

if __name__ == "__main__":
    complete(os.environ)
    loop.run(build(Settings()).run())
