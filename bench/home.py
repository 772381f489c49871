"""A fresh home with a running `spindle up` on it, commands typed at it, and what its processes took."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from spindle import embedded

SPINDLE = [sys.executable, "-m", "spindle.cli"]
_LOOK = 0.25  # seconds between two looks at the processes; one that came and went between them is not seen


@dataclass(frozen=True)
class Process:
    """As it was when it was last looked at."""

    name: str
    peak: int
    """VmHWM, in KB."""
    busy: int
    """Milliseconds of CPU."""


@dataclass
class Home:
    place: Path
    more: dict[str, str]
    processes: dict[int, Process] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")}
        return {**clean, "SPINDLE_HOME": str(self.place), "SPINDLE_POLL_INTERVAL_SECONDS": "3600", **self.more}

    @property
    def database(self) -> str:
        """As asyncpg wants it."""
        running = embedded.find(self.place)
        assert running, "nothing runs on this home"
        return running.database_url.replace("+asyncpg", "").split("?")[0]

    def json(self, *words: str) -> Any:
        done = subprocess.run([*SPINDLE, *words, "--json"], env=self.environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    def timed(self, *words: str) -> tuple[float, Any]:
        """Seconds from the start of a command to its end, and what it said."""
        began = time.monotonic()
        said = self.json(*words)
        return time.monotonic() - began, said

    def memory(self) -> Iterator[str]:
        """What the largest process of each kind had at most."""
        kinds = Counter(process.name for process in self.processes.values())
        peaks = {name: max(one.peak for one in self.processes.values() if one.name == name) for name in kinds}
        for name, peak in sorted(peaks.items(), key=lambda one: -one[1]):
            count = f" (the largest of {kinds[name]})" if kinds[name] > 1 else ""
            yield f"{name:<40} {peak / 1024:>5,.0f} MB{count}"

    def busy(self) -> Counter[str]:
        """Milliseconds of CPU so far, by program."""
        found: Counter[str] = Counter()
        for process in self.processes.values():
            found["postgres" if process.name.startswith("postgres") else process.name] += process.busy
        return found


@contextmanager
def running(place: Path, **more: str) -> Iterator[Home]:
    home, said = Home(place, more), place.with_suffix(".said")
    with said.open("wb") as out:
        up = subprocess.Popen([*SPINDLE, "up"], env=home.environment, stdout=out, stderr=out)
    over = Event()
    watching = Thread(target=_watch, args=(home, {os.getpid()}, over), daemon=True)
    try:
        _wait(up, said)
        watching.start()
        yield home
    finally:
        over.set()
        up.send_signal(signal.SIGINT)
        up.wait(60)


def _wait(up: "subprocess.Popen[bytes]", said: Path) -> None:
    end = time.monotonic() + 60
    while "Ctrl-C stops it" not in said.read_text():
        assert up.poll() is None, said.read_text()
        assert time.monotonic() < end, said.read_text()
        time.sleep(0.1)


def _watch(home: Home, roots: set[int], over: Event) -> None:
    while not over.wait(_LOOK):
        home.processes |= {pid: seen for pid in descendants(roots) if (seen := _process(pid))}


def descendants(roots: set[int]) -> set[int]:
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, grown = set(roots), True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return found - roots


def _process(pid: int) -> Process | None:
    of = Path("/proc") / str(pid)
    try:
        name = _name((of / "cmdline").read_bytes().decode(errors="replace").split("\0"))
        peak = re.search(r"VmHWM:\s+(\d+) kB", (of / "status").read_text())
        ticks = (of / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    busy = (int(ticks[11]) + int(ticks[12])) * 1000 // os.sysconf("SC_CLK_TCK")
    return Process(name, int(peak[1]), busy) if name and peak else None


def _name(words: Sequence[str]) -> str | None:
    """`up`, a command, a server; a PostgreSQL process by what it does, without the address of its client."""
    if words[0].startswith("postgres:"):
        does = re.sub(r"^postgres: (\S+: )?| for PID \d+", "", words[0])
        return "postgres " + ("connection" if re.search(r"\[?[\d.:]+\]?\(\d+\)", does) else does.strip())
    if "spindle.cli" in words:
        return f"spindle {words[words.index('spindle.cli') + 1]}"
    return Path(words[0]).name if Path(words[0]).name in ("postgres", "nats-server") else None
