"""`python -m spindle.gateway`: one gateway in a process of its own."""

import os

from spindle.gateway.service import build
from spindle.gateway.settings import Settings
from spindle.shared import loop
from spindle.shared.environment import complete

if __name__ == "__main__":
    complete(os.environ)
    loop.run(build(Settings()).run())
