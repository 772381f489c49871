"""The data directory of PostgreSQL: made once, whole or not at all."""

import contextlib
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from spindle.embedded.binaries import PostgresPrograms
from spindle.embedded.errors import DatabaseNotMade, DataLost, PasswordLost
from spindle.embedded.home import secret
from spindle.embedded.identity import Identity, hand_over
from spindle.embedded.processes import environment, last_lines

USER = "spindle"
DATABASE = "spindle"

_NEEDED = ("PG_VERSION", "global/pg_control")
_TRACES = ("base/*", "pg_wal", "global/pg_control")  # by any of these somebody's plays may still be there


def prepare(directory: Path, programs: PostgresPrograms, user: Identity, progress: Callable[[str], None]) -> None:
    """Made beside its place and moved there when complete, so that a crash in the middle leaves nothing to repair."""
    data = directory / "data"
    if _begun(data):
        password_of(directory)
        hand_over(data, user)
        return
    if aside := _clear(directory):
        progress(f"{data} was no database yet: it is put aside as {aside.name}, and a new one is made.")
    progress("Preparing the database (first run only) …")
    draft = directory / f"data.new-{secrets.token_hex(4)}"  # never one that an orphaned initdb still writes to
    draft.mkdir(mode=0o700)
    password = directory / "password"
    secret(password)
    hand_over(draft, user)
    hand_over(password, user)
    initdb: list[str | Path] = [programs.directory / "initdb", "-D", draft, *_choices(programs, password)]
    _run(directory, user, initdb)
    single: list[str | Path] = [
        programs.directory / "postgres",
        "--single",
        "-D",
        draft,
        "-c",
        "exit_on_error=on",
        "postgres",
    ]
    _run(directory, user, single, f"CREATE DATABASE {DATABASE}\n")
    draft.rename(data)


def password_of(directory: Path) -> str:
    """Of a database that is there, which knows no other one: it is never made anew."""
    file = directory / "password"
    with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
        if kept := file.read_text().strip():
            return kept
    raise PasswordLost(file)


def _begun(data: Path) -> bool:
    """Whether a database stands here. One that has lost what it cannot do without is nobody's to begin anew."""
    lost = [part for part in _NEEDED if not (data / part).exists()]
    if lost and any(any(data.glob(trace)) for trace in _TRACES):
        raise DataLost(data, " and ".join(lost))
    return not lost


def _clear(directory: Path) -> Path | None:
    """Drafts of earlier attempts go; what stands in the place of the data is not ours to delete, and is put aside."""
    for draft in directory.glob("data.new-*"):
        shutil.rmtree(draft, ignore_errors=True)
    data = directory / "data"
    if not data.exists() or (data.is_dir() and not any(data.iterdir())):
        return None
    return data.rename(directory / f"data.broken-{time.time_ns()}")


def _choices(programs: PostgresPrograms, password: Path) -> list[str]:
    if programs.major >= 17:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # the same on every system
    else:
        locale = ["--locale=C.UTF-8"]
    return [
        f"--username={USER}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",  # never trust: every user of the machine reaches 127.0.0.1
        "--encoding=UTF8",
        "--data-checksums",
        *locale,
    ]


def _run(directory: Path, user: Identity, argv: list[str | Path], said: str = "") -> None:
    """In a session of its own, so that Ctrl-C does not reach it."""
    done = subprocess.run(
        [*user.prefix, *argv],
        input=said.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=environment(),
        start_new_session=True,
        user=user.uid,
        group=user.gid,
        extra_groups=user.extra_groups,
        check=False,
    )
    log = directory / "postgres.log"
    with log.open("ab") as out:
        out.write(done.stdout)
    if done.returncode != 0:
        raise DatabaseNotMade(last_lines(done.stdout), log)
