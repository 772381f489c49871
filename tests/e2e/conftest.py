"""An empty home for every test, with nothing left running on it afterwards."""

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import Terminal


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with tempfile.TemporaryDirectory(prefix="spindle-up-") as place:
        Path(place).chmod(0o755)
        here = Terminal(Path(place) / "home")
        yield here
        for pid in here.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
