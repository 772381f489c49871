"""Places for servers, and sight of the processes that they are."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from spindle.embedded import nats, postgres


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "a home"


@pytest.fixture
def open_place() -> Iterator[Path]:
    """Unlike `tmp_path` it can be reached by every user."""
    place = Path(tempfile.mkdtemp(prefix="spindle-test-")).resolve()
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def strange_process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


@pytest.fixture(autouse=True)
def _nothing_outlives_its_test(tmp_path: Path, processes_of: Callable[[Path], set[int]]) -> Iterator[None]:
    yield
    for pid in processes_of(tmp_path):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def processes_of() -> Callable[[Path], set[int]]:
    """The pids of all processes that have a path on their command line."""

    def find(path: Path) -> set[int]:
        return {pid for pid, command in _commands() if str(path) in command and pid != os.getpid()}

    return find


@pytest.fixture
def commands() -> Callable[[], list[str]]:
    return lambda: [command for _, command in _commands()]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is slow is waited for, and nothing is said of it."""
    monkeypatch.setattr(postgres, "PATIENCE", 60.0)
    for server in (nats, postgres):
        monkeypatch.setattr(server, "ADOPTED_WITHIN", 60.0)


@pytest.fixture
def ask():
    """Runs one statement in a transaction of its own, and returns the first value of its answer."""

    async def ask(url: str, statement: str) -> object:
        engine = create_async_engine(url)
        try:
            async with engine.begin() as connection:
                answer = await connection.execute(text(statement))
                return answer.scalar() if answer.returns_rows else None
        finally:
            await engine.dispose()

    return ask


def _commands() -> list[tuple[int, str]]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        found.append((int(process.name), command))
    return found
