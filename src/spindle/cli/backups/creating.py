"""The file that a backup is written to: there when it is whole, and never in the place of another."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from spindle.cli.backups.format import Unwritten
from spindle.people.errors import Problem

STANDARD = "-"


@contextmanager
def created(file: str) -> Iterator[IO[bytes]]:
    """Readable for its owner alone; one that is there already stays."""
    if file == STANDARD:
        with _standard() as out:
            yield out
        return
    whole = Path(file).expanduser()
    if whole.exists():
        raise _exists(whole)
    draft, out = _draft(whole)
    try:
        yield out
        _settle(out)
        _publish(draft, whole)
    finally:
        with suppress(OSError):  # of a full disk, which was told before
            out.close()
        draft.unlink(missing_ok=True)


@contextmanager
def _standard() -> Iterator[IO[bytes]]:
    try:
        yield sys.stdout.buffer
        try:
            sys.stdout.buffer.flush()
        except OSError as why:
            raise Unwritten(why) from why
    except Unwritten:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
        raise


def _draft(whole: Path) -> tuple[Path, IO[bytes]]:
    try:
        number, name = tempfile.mkstemp(prefix=f"{whole.name}.", suffix=".part", dir=whole.parent)
    except OSError as why:
        raise Problem(f"{whole} cannot be made: {why.strerror}") from why
    return Path(name), os.fdopen(number, "wb")


def _settle(out: IO[bytes]) -> None:
    try:
        out.flush()
        os.fsync(out.fileno())
    except OSError as why:
        raise Unwritten(why) from why


def _publish(draft: Path, whole: Path) -> None:
    """The name is taken first, where there is none yet: not every file system has links, which would do it at once."""
    try:
        os.close(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise _exists(whole) from None
    draft.replace(whole)
    directory = os.open(whole.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _exists(whole: Path) -> Problem:
    return Problem(f"{whole} exists already, and stays as it is: choose another name")
