"""The wheel: what is in it, and that it is all that somebody with an empty environment and a package index needs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"


@pytest.fixture
def place() -> Iterator[Path]:
    """Open for other users: the servers of root belong to nobody."""
    with tempfile.TemporaryDirectory(prefix="spindle-wheel-") as place:
        Path(place).chmod(0o755)
        yield Path(place)


@pytest.fixture
def wheel(place: Path) -> Path:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place], cwd=ROOT, check=True)
    (made,) = place.glob("*.whl")
    return made


def test_it_holds_the_whole_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}

    files = (file for file in (SOURCE / "spindle").rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    assert inside == {file.relative_to(SOURCE).as_posix() for file in files}
    assert "spindle/py.typed" in inside


def test_it_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        described = {
            Path(name).name: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name
        }

    said = Parser().parsestr(described["METADATA"])
    assert (said["Name"], said["License-Expression"], said["License-File"]) == ("spindle", "MIT", "LICENSE")
    assert said["Description-Content-Type"] == "text/markdown"
    assert str(said.get_payload()).strip().startswith("# Spindle")
    assert "Copyright" in described["LICENSE"]
    assert "spindle = spindle.cli:main" in described["entry_points.txt"]


@pytest.mark.slow
def test_an_empty_environment_with_nothing_but_the_wheel_runs_the_demo(wheel: Path, place: Path) -> None:
    spindle = installed(wheel, place / "environment")
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SPINDLE_", "PYTHON"))}
    environment = {**clean, "SPINDLE_HOME": str(place / "home")}

    def said(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [spindle, *words], cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    assert said("--version").stdout.startswith("spindle ")
    log = place / "said"
    with log.open("wb") as out:
        up = subprocess.Popen([spindle, "up"], cwd=elsewhere, env=environment, stdout=out, stderr=out)
    try:
        recorded: dict[str, int] = {}
        give_up = time.monotonic() + 300
        while (len(recorded) < 3 or min(recorded.values()) < 40) and time.monotonic() < give_up:
            time.sleep(0.5)
            told = said("status", "--json")
            recorded = {one["name"]: one["plays"] for one in json.loads(told.stdout)["users"]} if told.stdout else {}

        assert len(recorded) == 3, log.read_text()
        name = next(iter(recorded))
        assert len(json.loads(said("plays", name, "--all", "--json").stdout)) >= 40
        assert said("gaps", name).returncode == 0
        assert "asyncapi" in json.loads(said("catalogue").stdout)
        page = next(line.split()[-1] for line in log.read_text().splitlines() if "The page:" in line)
        seen = httpx.get(page, headers={"authorization": f"Bearer {said('token').stdout.strip()}"}, timeout=60)
        assert name in seen.text
        assert httpx.get(f"{page}/static/live.js", timeout=60).status_code == 200
    finally:
        up.send_signal(signal.SIGINT)
        code = up.wait(60)
    assert code == 0, log.read_text()
    assert "`./spindle" not in log.read_text()


def installed(wheel: Path, environment: Path) -> Path:
    """The command, after what anybody does: make an environment, and install into it what the index has today."""
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", environment / "bin" / "python", wheel], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
        subprocess.run([sys.executable, "-m", "pip", "--python", environment, "install", "--quiet", wheel], check=True)
    return environment / "bin" / "spindle"
