"""Whether one listener's trouble is anybody else's: how late the polls of 50 others are, alone and beside it.

Run by hand: `python bench/isolation.py [--rows ROWS] [--pages PAGES] [--seconds SECONDS] [TROUBLE …]`. Every poll is
due five seconds after the one before; measured is the time from due to committed. The troubled listener is asked for
without a pause: whoever fails is triggered again every second, though Spindle itself would leave them alone for longer
and longer.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import httpx
from exported import export
from home import Home, running
from lags import Lags, lags, noted
from polls import ALONE, EVERY, LISTENERS, linked, simulator, told

from spindle.cli import finding
from spindle.shared.bus.publish import publish
from spindle.shared.messages.control import Trigger
from spindle.shared.spotify.door import Family
from spindle.shared.spotify.errors import RateLimited
from spindle.shared.spotify.line import at_once, line_of

_DEEP = "Deep"
_PER_PAGE = 50


@dataclass
class Scene:
    home: Home
    spotify: str
    user: str
    """Whose trouble it is."""
    listener: str
    """The same one's id at the simulator."""
    files: list[Path]
    rows: int
    seconds: float
    """For how long a trouble is made that does not end by itself."""

    def post(self, path: str, /, **body: object) -> None:
        httpx.post(f"{self.spotify}/control/{path}", json=body).raise_for_status()

    @contextmanager
    def fault(self, **fault: object) -> Iterator[None]:
        self.post("faults", **fault, listener=self.listener, times=None)
        with self.pressed():
            yield
        httpx.delete(f"{self.spotify}/control/faults").raise_for_status()

    @contextmanager
    def pressed(self) -> Iterator[None]:
        over = Event()
        thread = Thread(target=lambda: asyncio.run(self._press(over)))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    async def _press(self, over: Event) -> None:
        async with finding.bus(self.home.place) as bus:
            while not over.is_set():
                await publish(bus.jetstream(), Trigger(user=self.user, what="poll", hurry=True))
                await asyncio.sleep(1)


Trouble = Callable[[Scene], str]
"""Makes the trouble for as long as it shall be measured, and says what it was."""


def nothing(scene: Scene) -> str:
    time.sleep(scene.seconds)
    return "alone"


def hanging(scene: Scene) -> str:
    with scene.fault(kind="hang"):
        time.sleep(scene.seconds)
    return "a connection that hangs"


def failing(scene: Scene) -> str:
    with scene.fault(kind="server", status=500):
        time.sleep(scene.seconds)
    return "nothing but errors (500)"


def limited(scene: Scene) -> str:
    """Nobody asks for a library yet: what closes its door is a refusal as Spotify would send it."""

    async def refused() -> None:
        raise RateLimited(timedelta(days=1))

    async def close() -> None:
        settings = finding.spotify(scene.home.place)
        async with finding.bus(scene.home.place) as bus:
            line = await line_of(settings, bus.jetstream())
            try:
                await line.call(Family.LIBRARY, at_once(), refused)
            except RateLimited:
                return
            finally:
                await line.close()

    asyncio.run(close())
    time.sleep(scene.seconds)
    return "a day's limit of the library"


def backfill(scene: Scene) -> str:
    [user] = asyncio.run(linked(scene.home, scene.spotify, [_DEEP]))
    began = time.monotonic()
    while not scene.home.json("status", user)["users"][0]["initial_sync"]["completed_at"]:
        time.sleep(2)
    took = time.monotonic() - began
    [job] = [job for job in scene.home.json("jobs", user, "--limit", "1000") if job["kind"] == "initial"]
    assert job["status"] == "success", job
    return f"a backfill of {job['steps']:,} pages, {job['steps'] / took:.0f} a second"


def importing(scene: Scene) -> str:
    took, receipt = scene.home.timed("import", scene.user, *map(str, scene.files), "--wait")
    assert receipt["rows"] == scene.rows
    return f"an import of {scene.rows:,} rows, {scene.rows / took:,.0f} a second"


def revoked(scene: Scene) -> str:
    """The last one: it is not healed."""
    scene.post("tokens", listener=scene.listener, revoke=True)
    with scene.pressed():
        time.sleep(scene.seconds)
    return "a revoked token"


TROUBLES: dict[str, Trouble] = {
    trouble.__name__: trouble for trouble in (nothing, hanging, failing, limited, importing, backfill, revoked)
}


def measured(scene: Scene, trouble: Trouble) -> tuple[str, Lags]:
    began = time.time()
    name = trouble(scene)
    until = time.time()
    time.sleep(2 * EVERY)
    return name, asyncio.run(lags(scene.home.database, began, until, [scene.user]))


def table(rows: list[tuple[str, Lags]]) -> None:
    alone = rows[0][1]
    print(f"\n{'beside one listener with':<48} {'polls':>6} {'p50':>8} {'p95':>8} {'longest':>8}   p95 to alone")
    for name, one in rows:
        ratio = one.p95 / alone.p95
        print(f"{name:<48} {one.polls:>6,} {one.p50:>6.2f} s {one.p95:>6.2f} s {one.longest:>6.2f} s   x {ratio:.2f}")


def run(place: Path, troubles: list[Trouble], rows: int, pages: int, seconds: float) -> None:
    files = export(place, rows)
    program = [str(Path(__file__).with_name("deep.py"))]
    more = {
        "SPINDLE_INITIAL_SYNC_MAX_REQUESTS": "1000000",
        "SPINDLE_INITIAL_SYNC_MAX_DAYS": "100000",
    }
    with simulator(str(LISTENERS + 1), str(pages * _PER_PAGE), program=program) as spotify:
        environment = told(spotify) | more
        with running(place / "home", **environment) as home:
            people = httpx.get(f"{spotify}/control/listeners").json()
            users = asyncio.run(linked(home, spotify, [one["display_name"] for one in people[:-1]]))
            scene = Scene(home, spotify, users[0], people[0]["id"], files, rows, seconds)
            asyncio.run(noted(home.database))
            time.sleep(6 * EVERY)
            table([measured(scene, trouble) for trouble in troubles])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("troubles", nargs="*", choices=[*TROUBLES, []], default=[])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=ALONE)
    asked = parser.parse_args()
    wanted = ["nothing", *asked.troubles, "nothing"] if asked.troubles else [*TROUBLES, "nothing"]
    with tempfile.TemporaryDirectory(prefix="spindle-bench-") as place:
        Path(place).chmod(0o755)
        run(Path(place), [TROUBLES[name] for name in wanted], asked.rows, asked.pages, asked.seconds)


if __name__ == "__main__":
    main()
