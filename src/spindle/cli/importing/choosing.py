"""The files that `import` is to send: looked at before anything is sent, so that a slip is told at once."""

import codecs
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spindle.people.errors import Problem
from spindle.shared.bus.uploading import files_of
from spindle.sync_worker.logic.files import package_of

_HEAD = 4096  # bytes; more white space before the first letter has no JSON
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Chosen:
    name: str
    path: Path
    size: int


def chosen(typed: Sequence[Path]) -> list[Chosen]:
    """Each file once, in the order typed. Raises `OSError` for what cannot be read, `Problem` for what is none."""
    found = {each.path.resolve(): each for path in typed for each in _of(path.expanduser())}
    names = Counter(each.name for each in found.values())
    return [replace(each, name=str(each.path)) if names[each.name] > 1 else each for each in found.values()]


def _of(path: Path) -> Iterator[Chosen]:
    if path.is_dir():
        yield from _within(path)
        return
    _must_be_readable(path)
    if trouble := _trouble(path):
        raise Problem(trouble)
    yield _one(path.name, path)


def _within(folder: Path) -> Iterator[Chosen]:
    """Of the account's other files, payments among them, nothing leaves the machine."""
    found = [(name, path) for name, path in files_of(folder) if package_of(name) or name.lower().endswith(".zip")]
    if not found:
        next(folder.iterdir(), None)  # a folder that may not be listed says so itself
        raise Problem(
            f"{folder} holds no ZIP, and no JSON file that is called as Spotify calls those of a history; "
            "name a file that has another name by itself"
        )
    for name, path in found:
        _must_be_readable(path)
        yield _one(name, path)


def _one(name: str, path: Path) -> Chosen:
    return Chosen(name, path, path.stat().st_size)


def _must_be_readable(path: Path) -> None:
    if not stat.S_ISREG(path.stat().st_mode):
        raise Problem(f"{path} is neither a file nor a folder")
    path.open("rb").close()


def _trouble(path: Path) -> str | None:
    """Why this file cannot be one; what is wrong further inside, the receipt tells."""
    if zipfile.is_zipfile(path):
        return None
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        return f"{path} is empty"
    if head.startswith(_ZIP):
        return f"{path} is cut off: the end of the ZIP is missing; download or copy it again"
    if path.suffix.lower() == ".zip":
        return f"{path} is not a ZIP"
    if not head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"["):
        return f"{path} is neither a ZIP nor a JSON file of a listening history"
    return None
