"""A server's process: started by us or adopted from a killed run, watched, and ended."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spindle.embedded.errors import ServerDied
from spindle.embedded.identity import SELF, Identity
from spindle.embedded.probing import is_ours

POLL = 0.005
LOG_LIMIT = 16 * 2**20


@dataclass
class Process:
    """`mark` is a path of ours that stands in its command line: it tells ours from a stranger that got the same pid."""

    name: str
    log: Path
    mark: str
    pid: int | None = None
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _log_start: int = 0

    def spawn(self, argv: Sequence[str | Path], identity: Identity = SELF) -> None:
        """In a session of its own: Ctrl-C is for us, who drain first and stop the servers last."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._child = subprocess.Popen(
                [*identity.prefix, *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(),
                start_new_session=True,
                user=identity.uid,
                group=identity.gid,
                extra_groups=identity.extra_groups,
            )
        self.pid = self._child.pid

    def adopt(self, pid: int | None) -> bool:
        if pid is None or self.mark not in command(pid):
            return False
        if pid != self.pid:
            self.pid, self._child = pid, None
        return True

    def alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        try:
            return self.pid is not None and self.mark in command(self.pid)
        except OSError as error:
            if is_ours(error):
                return True
            raise

    async def ready(self, probe: Callable[[], Awaitable[bool]], within: float) -> bool:
        """Whether the probe succeeded in time; a process that dies meanwhile is an error, not a timeout."""
        deadline = time.monotonic() + within
        while not await probe():
            if not self.alive():
                raise ServerDied(self.name, self.last_words(), self.log)
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL)
        return True

    async def end(self, *ladder: tuple[signal.Signals, float]) -> None:
        """Sends each signal in turn, waiting so many seconds for it to work before the next."""
        for sign, patience in ladder:
            if not self.alive():
                break
            self._signal(sign)
            deadline = time.monotonic() + patience
            while self.alive():
                if time.monotonic() > deadline:
                    break
                await asyncio.sleep(POLL)

    def kill(self) -> None:
        """Nothing is said or drained. It is no power cut: the kernel still writes what it was given."""
        if self.alive():
            self._signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

    def last_words(self) -> str:
        """The last lines it logged since it was started."""
        with contextlib.suppress(FileNotFoundError), self.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start if self._log_start <= size else 0, size - 4096))
            return last_lines(log.read())
        return ""

    def _signal(self, sign: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.pid is not None:
                os.kill(self.pid, sign)


def last_lines(output: bytes, count: int = 2) -> str:
    """The last complaints if there are any, else the last lines: as one line, for an error message."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    complaints = [line for line in lines if re.search(r"FATAL|PANIC|\[FTL\]|error:", line)]
    return " | ".join((complaints or lines)[-count:])


def environment() -> dict[str, str]:
    """What a server gets to see: none of our secrets, and none of the PG* variables of the person who starts it."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def command(pid: int) -> str:
    """The command line of a process; empty when there is none, or only its zombie."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    listed = subprocess.run(["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
    return listed.stdout.decode(errors="replace")
