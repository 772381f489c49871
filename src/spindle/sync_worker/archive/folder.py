"""A listener's watched folder on the disk. Everything happens by renaming, so that a crash between any two lines leaves
each file in exactly one place, and the next look goes on from there.

<listener>/            what people put there
<listener>/importing/  <upload>/ with what is being imported
<listener>/imported/   what was imported, each with its receipt beside it
<listener>/refused/    what could not be, likewise
"""

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spindle.shared.bus.uploading import files_of
from spindle.sync_worker.logic.drops import IMPORTING, RECEIPT, Drop, Print, wanted
from spindle.sync_worker.logic.files import package_of

_UPLOAD = re.compile(r"[0-9a-f]{32}")
_NO_HISTORY = "it holds no ZIP, and no JSON file that is called as Spotify calls those of a history"
_NOT_OURS = "the user that Spindle runs as may not read it, or not move it"
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL)


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else on this machine is looking into the folder; so it is until the end, however that comes.

    Where the file system has no locks, several may look: what they do is the same.
    """
    opened = os.open(folder, os.O_RDONLY)
    try:
        yield _locked(opened)
    finally:
        os.close(opened)


def folders(root: Path) -> list["Folder"]:
    """Those of the listeners."""
    return [Folder(each) for each in sorted(root.iterdir()) if each.is_dir() and not each.name.startswith(".")]


class Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = path.name
        """The listener's name or id."""

    def look(self) -> tuple[Drop, ...]:
        """By name. What is only linked to is not there: it could not be moved."""
        found = []
        for path in sorted(self._path.iterdir()):
            if not path.is_symlink() and (path.is_file() or path.is_dir()) and wanted(path.name, path.is_dir()):
                with suppress(FileNotFoundError):  # taken away again
                    found.append(_drop(path))
        return tuple(found)

    def claimed(self) -> str | None:
        """The upload that was begun first and is not yet put on a shelf."""
        importing = self._path / IMPORTING
        if not importing.is_dir():
            return None
        return min((each.name for each in importing.iterdir() if _begun(each)), default=None)

    def claim(self, upload: str, drops: tuple[Drop, ...]) -> None:
        """Who comes too late for a file leaves it to the other one."""
        claim = self._claim(upload)
        claim.mkdir(parents=True, exist_ok=True)
        for drop in drops:
            with suppress(FileNotFoundError):
                (self._path / drop.name).rename(claim / drop.name)

    def files(self, upload: str) -> list[tuple[str, Path]]:
        return [file for each in sorted(self._claim(upload).iterdir()) if _shown(each.name) for file in _files(each)]

    def shelve(self, upload: str, shelf: str, receipt: str) -> None:
        """Put what was imported onto a shelf; the receipt comes first, so that nothing stands there without one."""
        into = self._path / shelf
        into.mkdir(exist_ok=True)
        for each in sorted(self._claim(upload).iterdir()):
            if _shown(each.name):
                place = _free(into, each.name, receipt)
                _write(_receipt(place), receipt)
                each.rename(place)
        self.leave(upload)

    def leave(self, upload: str) -> None:
        """Nothing of ours is left there."""
        with suppress(OSError):  # what systems hide in every folder stays, or another import
            self._claim(upload).rmdir()
            (self._path / IMPORTING).rmdir()

    def _claim(self, upload: str) -> Path:
        return self._path / IMPORTING / upload


def _locked(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _begun(claim: Path) -> bool:
    if not _UPLOAD.fullmatch(claim.name) or not claim.is_dir():
        return False
    names = [each.name for each in claim.iterdir()]
    return not names or any(map(_shown, names))


def _shown(name: str) -> bool:
    return not name.startswith(".")


def _drop(path: Path) -> Drop:
    if not path.is_dir():
        return Drop(path.name, (_print(path, path.name),), path.suffix.lower() == ".json", _why_not(path, [path]))
    try:
        files = [file for _, file in _files(path)]
    except PermissionError:
        return Drop(path.name, (), why_not=_NOT_OURS)
    everything = sorted(Path(at, name) for at, _, names in os.walk(path) for name in names)
    prints = tuple(_print(each, each.relative_to(path.parent).as_posix()) for each in everything)
    return Drop(path.name, prints, why_not=_why_not(path, files))


def _files(path: Path) -> list[tuple[str, Path]]:
    """Of the account's other files in a folder, payments among them, nothing is taken."""
    found = files_of(path)
    return [(name, file) for name, file in found if file == path or package_of(name) or file.suffix.lower() == ".zip"]


def _why_not(path: Path, files: list[Path]) -> str | None:
    if not files:
        return _NO_HISTORY
    if all(os.access(each, os.R_OK) for each in files) and (not path.is_dir() or os.access(path, os.W_OK)):
        return None
    return _NOT_OURS


def _print(path: Path, name: str) -> Print:
    stat = path.lstat()
    return Print(name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def _free(into: Path, name: str, receipt: str) -> Path:
    """A place in which nothing would be overwritten. A receipt that was put there before a crash is the same one."""
    wish, number = Path(name), 1
    while True:
        place = into / (name if number == 1 else f"{wish.stem} ({number}){wish.suffix}")
        paper = _receipt(place)
        if not place.exists() and (not paper.exists() or paper.read_text() == receipt):
            return place
        number += 1


def _receipt(place: Path) -> Path:
    return place.with_name(place.name + RECEIPT)


def _write(path: Path, text: str) -> None:
    whole = path.with_name(f".{path.name}.tmp")
    whole.write_text(text)
    whole.rename(path)
