"""A fresh home with a running `spindle up` on it, commands typed at it, and the memory that its processes took."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from spindle import embedded

SPINDLE = [sys.executable, "-m", "spindle.cli"]
_LOOK = 0.25  # seconds between two looks at the processes; one that came and went between them is not seen


@dataclass
class Home:
    place: Path
    more: dict[str, str]
    peaks: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    """VmHWM in KB, by what a process is and its number."""

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
        """The largest process of each kind."""
        for name, processes in sorted(self.peaks.items(), key=lambda one: -max(one[1].values())):
            count = f" (the largest of {len(processes)})" if len(processes) > 1 else ""
            yield f"{name:<28} {max(processes.values()) / 1024:>7,.0f} MB{count}"


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
        for pid in _descendants(roots):
            name, peak = _name(pid), _peak(pid)
            if name and peak:
                home.peaks[name][pid] = peak


def _descendants(roots: set[int]) -> set[int]:
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


def _name(pid: int) -> str | None:
    """`up`, a command, a server; a PostgreSQL process by what it does, without the address of its client."""
    try:
        words = (Path("/proc") / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    if words[0].startswith("postgres:"):
        does = re.sub(r"^postgres: (\S+: )?", "", words[0])
        return "postgres " + ("connection" if re.search(r"\[?[\d.:]+\]?\(\d+\)", does) else does.strip())
    if "spindle.cli" in words:
        return f"spindle {words[words.index('spindle.cli') + 1]}"
    return Path(words[0]).name if Path(words[0]).name in ("postgres", "nats-server") else None


def _peak(pid: int) -> int:
    try:
        text = (Path("/proc") / str(pid) / "status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(found[1]) if found else 0
