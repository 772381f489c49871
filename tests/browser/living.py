"""A Spindle that runs as people run it, behind a cable, and a simulated Spotify whose people it can be linked to."""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from cable import Cable
from terminal import Terminal, leave, until

from spindle.cli import finding
from spindle.embedded import ports

_NAMES = (f"{name}{again or ''}" for again in count() for name in ("Ada", "Bruno", "Chiara", "Dembe", "Eskil", "Farah"))
"""Each once: a test can look for its own."""
_PATIENCE = 60.0  # seconds
_SIMULATOR = [sys.executable, "-m", "spindle.simulator", "--port", "0", "--reach", "deep", "--days", "40", "--no-late"]


@dataclass(frozen=True)
class Spotify:
    """It shows all that people have played."""

    address: str

    def control(self, what: str, **said: object) -> Any:
        answer = httpx.post(f"{self.address}/control/{what}", json=said, timeout=_PATIENCE)
        assert answer.is_success, answer.text
        return answer.json()

    def listeners(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = httpx.get(f"{self.address}/control/listeners", timeout=_PATIENCE).json()
        return found

    def newcomer(self) -> dict[str, str]:
        """Somebody who has played for two months and does not play now."""
        found: dict[str, str] = self.control("listeners", name=next(_NAMES))
        self.control(f"listeners/{found['id']}/freeze")
        return found

    def slow_down(self, listener: str) -> None:
        """So that a person can watch how pages arrive."""
        self.control("faults", kind="slow", listener=listener, seconds=1.5, times=None)

    def export(self, listener: str, file: Path) -> Path:
        export = httpx.get(f"{self.address}/control/listeners/{listener}/export", timeout=_PATIENCE)
        file.write_bytes(export.content)
        return file


@dataclass(frozen=True)
class Spindle:
    address: str
    cable: Cable
    terminal: Terminal

    @property
    def token(self) -> str:
        return (self.terminal.home / "access.token").read_text().strip()

    def link(self, listener: dict[str, str]) -> None:
        words = ("users", "add", listener["display_name"], "--refresh-token-file", "-")
        done = self.terminal.run(*words, typed=listener["refresh_token"])
        assert done.returncode == 0, done.stderr

    def letter(self) -> int:
        """The number of a dead letter that has just come about."""

        async def publish() -> None:
            bus = await finding.reach(finding.bus_url(self.terminal.home))
            await bus.jetstream().publish("facts.plays.somebody", b"nonsense")
            await bus.close()

        before = self._letters()
        asyncio.run(publish())
        assert until(lambda: len(self._letters()) > len(before), _PATIENCE)
        return self._letters()[-1]

    def _letters(self) -> list[int]:
        return [each["letter"] for each in self._told("dead")["letters"]]

    def knows(self, name: str) -> Any:
        """What it says of the listener of this name."""
        return self._told(f"users/{name}")

    def jobs(self, name: str, kind: str, least: int) -> list[str]:
        """Ids of those that have ended, newest first; none until there are so many."""
        ended = [each["job"] for each in self._told(f"jobs?user={name}&kind={kind}")["jobs"] if each["finished_at"]]
        return ended if len(ended) >= least else []

    def _told(self, what: str) -> Any:
        let_in = {"authorization": f"Bearer {self.token}"}
        answer = httpx.get(f"{self.address}/api/{what}", headers=let_in, timeout=_PATIENCE)
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def simulated() -> Iterator[Spotify]:
    with subprocess.Popen(_SIMULATOR, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            yield Spotify(running.stdout.readline().split()[2].removesuffix("/v1"))
        finally:
            running.terminate()


@contextmanager
def running(spotify: Spotify) -> Iterator[Spindle]:
    """On that Spotify, with nobody linked to it yet."""
    chosen = {
        "SPINDLE_SPOTIFY_API_URL": f"{spotify.address}/v1",
        "SPINDLE_SPOTIFY_ACCOUNTS_URL": spotify.address,
        "SPINDLE_SPOTIFY_CLIENT_ID": "browser",
        "SPINDLE_SPOTIFY_BUDGET": "100000",
        "SPINDLE_INITIAL_SYNC_MAX_DAYS": "20",  # an export brings more
    }
    with _up(chosen) as found:
        yield found


@contextmanager
def demonstrated() -> Iterator[tuple[Spindle, Spotify]]:
    """The demo, as everybody gets it, and its Spotify."""
    with _up({"SPINDLE_DEMO_SPEED": "", "SPINDLE_POLL_INTERVAL_SECONDS": ""}) as found:
        port = json.loads((found.terminal.home / "demo.json").read_text())["port"]
        yield found, Spotify(f"http://127.0.0.1:{port}")


@contextmanager
def _up(chosen: dict[str, str]) -> Iterator[Spindle]:
    port = ports.choose()
    cable = Cable(port)
    with tempfile.TemporaryDirectory(prefix="spindle-browser-") as place:
        Path(place).chmod(0o755)  # PostgreSQL is somebody else when these tests are root
        terminal = Terminal(Path(place) / "home")
        terminal.environment |= {"SPINDLE_PORT": str(port), "SPINDLE_PUBLIC_URL": cable.address, **chosen}
        up = terminal.start("up")
        try:
            assert until(lambda: "What happens" in terminal.said.read_text(), 100), terminal.said.read_text()
            yield Spindle(cable.address, cable, terminal)
        finally:
            leave(up)
            cable.close()
