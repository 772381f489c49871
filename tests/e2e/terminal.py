"""A home, and a person who types commands at it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 240.0  # seconds; a start takes eight of them, and a minute when others want the machine too
BUSY = "the recorder does not answer just now"
SPINDLE = [sys.executable, "-m", "spindle.cli"]


class Terminal:
    """A home, and commands typed at it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.said = home.with_suffix(".said")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")}
        self.environment = {**clean, "SPINDLE_HOME": str(home), "SPINDLE_DEMO_SPEED": "60"}
        self.environment |= {"SPINDLE_POLL_INTERVAL_SECONDS": "2", "SPINDLE_RECONCILE_SECONDS": "1"}

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        with self.said.open("ab") as out:
            return subprocess.Popen([*SPINDLE, *words], stdout=out, stderr=out, env=self.environment)

    def run(self, *words: str, typed: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*SPINDLE, *words],
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            env={**self.environment, **more},
            check=False,
        )

    def insist(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """What a control came to, asked again while the recorder is too busy to say who is meant."""
        while BUSY in (done := self.run(*words)).stdout + done.stderr:
            time.sleep(0.2)
        return done

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def recorded(self) -> dict[str, int]:
        done = self.run("status", "--json")
        return {one["name"]: one["plays"] for one in json.loads(done.stdout)["users"]} if done.returncode == 0 else {}

    def processes(self) -> set[int]:
        found = set()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(self.home).encode() in (process / "cmdline").read_bytes():
                    found.add(int(process.name))
        return found


def until(true: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


def leave(up: "subprocess.Popen[bytes]") -> tuple[int, float]:
    """Ctrl-C; the exit code, and the seconds that it took."""
    began = time.monotonic()
    up.send_signal(signal.SIGINT)
    return up.wait(60), time.monotonic() - began
