"""The directory SPINDLE_HOME: who has it, what is secret in it, and which instance is running on it."""

import asyncio
import contextlib
import errno
import fcntl
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from spindle.embedded.errors import AlreadyRunning, HomeNotWritable

# `find` touches the lock for an instant, so one refusal is not yet proof of another `up`.
CLAIM_ATTEMPTS, CLAIM_PAUSE = 10, 0.03


class Instance(BaseModel):
    """A running `up`, as it describes itself to other terminals in `instance.json`."""

    model_config = ConfigDict(frozen=True)

    pid: int
    nats_url: str
    database_url: str
    monitor_url: str | None = None


@dataclass(frozen=True)
class Claim:
    """Our hold on a home, until released or until this process ends, however it ends."""

    home: Path
    lock: int

    def announce(self, nats_url: str, database_url: str, monitor_url: str | None) -> None:
        us = Instance(pid=os.getpid(), nats_url=nats_url, database_url=database_url, monitor_url=monitor_url)
        write_private(self.home / "instance.json", us.model_dump_json(indent=2) + "\n")

    def release(self) -> None:
        (self.home / "instance.json").unlink(missing_ok=True)
        os.close(self.lock)


async def claim(home: Path) -> Claim:
    """Makes the home if need be and takes it for this process alone."""
    home, lock = _open(home)
    for _ in range(CLAIM_ATTEMPTS):
        if _locked(lock, fcntl.LOCK_EX):
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            return Claim(home, lock)
        await asyncio.sleep(CLAIM_PAUSE)
    holder = os.pread(lock, 32, 0).decode().strip()
    os.close(lock)
    raise AlreadyRunning(home, int(holder) if holder.isdigit() else None)


def find(home: Path) -> Instance | None:
    """The instance running on this home. The lock says whether it still runs: a file can outlive a killed process."""
    home = home.expanduser().resolve()
    try:
        lock = os.open(home / "lock", os.O_RDONLY)
        described = (home / "instance.json").read_text()
    except FileNotFoundError:
        return None
    except OSError as why:
        raise HomeNotWritable(home, why) from why
    try:
        return None if _locked(lock, fcntl.LOCK_SH) else Instance.model_validate_json(described)
    except ValidationError:
        return None
    finally:
        os.close(lock)


def has_recorded(home: Path) -> bool:
    """Whether an `up` has kept anything here."""
    return (home.expanduser() / "postgres" / "data").exists()


def secret(file: Path) -> str:
    """The random secret kept in this file; made on first use. Safe in a URL and in a quoted setting."""
    with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
        if kept := file.read_text().strip():
            return kept
    made = secrets.token_urlsafe(24)
    write_private(file, made + "\n")
    return made


def write_private(file: Path, text: str) -> None:
    """Whole or not at all, for good, and never readable for others, not even for an instant."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    _settle(file.parent)


def _settle(directory: Path) -> None:
    """What was renamed in it bears its new name after a power cut, too."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def private_directory(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return directory.resolve()


def _open(home: Path) -> tuple[Path, int]:
    home = home.expanduser().resolve()
    try:
        private_directory(home)
        lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        if not os.access(home, os.W_OK | os.X_OK):
            os.close(lock)
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(home))
        return home, lock
    except OSError as why:
        raise HomeNotWritable(home, why) from why


def _locked(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
