"""The compose file, started as a project of its own, and what a person at the host can do to it."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = "spindle-test"
PORTS = {"SPINDLE_PORT": "28765", "SIMULATOR_PORT": "28790"}
"""At the host, where somebody may have a Spindle already."""
FAST = 30
"""How many times faster the simulator's clock runs: each listener plays something every few seconds."""
FoundT = TypeVar("FoundT")

_ASK = """\
import sys
from urllib.request import urlopen
print(urlopen(sys.argv[1], sys.argv[2].encode() or None).read().decode())
"""


class Compose:
    """With `.env.example` as it stands, but for the speed of things."""

    def __init__(self) -> None:
        self.environment = {
            **os.environ,
            **PORTS,
            "SPINDLE_POLL_INTERVAL_SECONDS": "2",
            "SPINDLE_DEMO_SPEED": str(FAST),
        }

    def __call__(self, *words: str, typed: str = "") -> str:
        project = ["docker", "compose", "--progress", "quiet", "-p", PROJECT, "--env-file", ".env.example"]
        return self._run([*project, *words], typed)

    def docker(self, *words: str) -> str:
        return self._run(["docker", *words])

    def _run(self, words: list[str], typed: str = "") -> str:
        done = subprocess.run(
            words, cwd=ROOT, env=self.environment, input=typed, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    # --- Spindle ---

    def spindle(self, *words: str) -> Any:
        """A reading command's answer."""
        return json.loads(self("run", "--rm", "-T", "--no-deps", "spindle", *words, "--json"))

    def counts(self) -> dict[str, int]:
        return {one["name"]: one["plays"] for one in self.spindle("status")["users"]}

    def simulator(self, path: str, **body: object) -> Any:
        address = f"http://127.0.0.1:8790/control/{path}"
        return json.loads(
            self("exec", "-T", "simulator", "python", "-c", _ASK, address, json.dumps(body) if body else "")
        )

    # --- containers ---

    def containers(self, service: str) -> list[str]:
        return self("ps", "-q", service).split()

    def ready(self, container: str) -> bool:
        return self.docker("inspect", "-f", "{{.State.Health.Status}}", container).strip() == "healthy"

    def kill(self, container: str) -> None:
        """Its main process, from the host: Docker takes that for a crash, and `docker kill` for a wish."""
        pid = self.docker("inspect", "-f", "{{.State.Pid}}", container).strip()
        host = ["run", "--rm", "--pid", "host", "--user", "0", "--cap-add", "KILL", "--entrypoint", "sh", "spindle"]
        self.docker(*host, "-c", f"kill -9 {pid}")

    def restarts(self, container: str) -> int:
        return int(self.docker("inspect", "-f", "{{.RestartCount}}", container))

    def until(self, look: Callable[[], FoundT], within: float = 90) -> FoundT:
        end = time.monotonic() + within
        while True:
            try:
                found = look()
            except AssertionError:
                if time.monotonic() > end:
                    raise
            else:
                if found:
                    return found
                assert time.monotonic() < end, f"not within {within} s"
            time.sleep(0.5)


@pytest.fixture
def compose(contained: bool) -> Iterator[Compose]:
    if not contained:
        pytest.skip("runs with --containers")
    found = Compose()
    found("down", "-v", "--remove-orphans")
    yield found
    found("down", "-v", "--remove-orphans")
