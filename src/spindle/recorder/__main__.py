"""`python -m spindle.recorder`: one recorder in a process of its own."""

import os
import sys

from spindle.recorder.errors import RecorderError
from spindle.recorder.service import build
from spindle.recorder.settings import Settings
from spindle.shared import loop
from spindle.shared.environment import complete


def main() -> None:
    complete(os.environ)
    try:
        loop.run(build(Settings()).run())
    except RecorderError as error:
        sys.exit(f"recorder: {error}")


if __name__ == "__main__":
    main()
