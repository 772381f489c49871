"""The file that a restore reads, more than once."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from spindle.cli.backups.creating import STANDARD
from spindle.people.errors import Problem


@contextmanager
def opened(file: str, home: Path) -> Iterator[IO[bytes]]:
    """What cannot be read twice, as standard input and other pipes, is kept aside first."""
    if file == STANDARD:
        with _aside(sys.stdin.buffer, home) as kept:
            yield kept
        return
    with Path(file).expanduser().open("rb") as given:
        if given.seekable():
            yield given
            return
        with _aside(given, home) as kept:
            yield kept


@contextmanager
def _aside(given: IO[bytes], home: Path) -> Iterator[IO[bytes]]:
    place = str(home) if os.access(home, os.W_OK) else tempfile.gettempdir()
    with tempfile.TemporaryFile(dir=place) as kept:
        try:
            shutil.copyfileobj(given, kept)
        except OSError as full:
            raise Problem(
                f"the backup does not fit into {place} ({full.strerror}): name it as a file, or set TMPDIR"
            ) from full
        kept.seek(0)
        yield kept
