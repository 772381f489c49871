"""The files of an export: JSON files as they are, or the ZIP or the folder that they came in."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from spindle.simulator.worlds.exports import Replay, replay

_HISTORIES = ("endsong", "endvideo", "Streaming_History", "StreamingHistory")


class BadWorld(Exception):
    """A file that no world can be made of."""


def replayed(paths: Iterable[Path], seed: int) -> Replay:
    """One listener's world from all these files; raises `BadWorld` with the file's name and what is wrong."""
    rows: list[dict[str, object]] = []
    for path in paths:
        try:
            found = [row for body in _bodies(path) for row in _rows(body)]
            replay(found, seed)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise BadWorld(f"{path}: {_reason(error)}") from error
        if not found:
            raise BadWorld(f"{path}: no streaming history in it")
        rows += found
    return replay(rows, seed)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, UnicodeDecodeError | json.JSONDecodeError):
        return "not JSON"
    return str(error)


def _bodies(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        yield from (one.read_bytes() for one in sorted(path.rglob("*.json")) if _history(one.name))
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if _history(name.rsplit("/", 1)[-1]):
                    yield archive.read(name)
    else:
        yield path.read_bytes()


def _history(name: str) -> bool:
    return name.startswith(_HISTORIES) and name.endswith(".json")


def _rows(body: bytes) -> Iterator[dict[str, object]]:
    found = json.loads(body.decode("utf-8-sig"))
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ValueError("not a list of rows")
    yield from (row for row in found if "ts" in row or "endTime" in row)
