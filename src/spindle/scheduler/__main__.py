"""`python -m spindle.scheduler`: one scheduler in a process of its own."""

import os

from spindle.scheduler.service import build
from spindle.scheduler.settings import Settings
from spindle.shared import loop
from spindle.shared.environment import complete

if __name__ == "__main__":
    complete(os.environ)
    loop.run(build(Settings()).run())
