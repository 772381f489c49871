"""A service as a process of its own, which can be killed, stopped and continued."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Service:
    """`recorder-1`: which one of its kind it is stands behind the dash. What it says goes into `log`."""

    name: str
    environment: Mapping[str, str]
    log: Path
    died: int = 0
    """How often it ended without being killed."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "spindle.cli", "run", self.name.rpartition("-")[0]],
                env={**_environment(), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def bring_back(self) -> None:
        """Nothing when it runs; one that ended by itself is counted."""
        if not self.alive():
            self.died += 1
            self.start()


def _environment() -> dict[str, str]:
    """Without what is meant for another Spindle."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")}


def stopped(pid: int) -> None:
    """It and its children: those of PostgreSQL are sessions of their own."""
    for each in (pid, *_children(pid)):
        _signal(each, signal.SIGSTOP)


def continued(pid: int) -> None:
    for each in (*_children(pid), pid):
        _signal(each, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    """None where the system does not tell."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _signal(pid: int, what: signal.Signals) -> None:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return
