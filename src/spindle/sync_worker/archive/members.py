"""The files of a history in what was handed over: those of a ZIP, or the one JSON file that it is.

Nothing is unpacked to a disk, so a name is never more than a label. What counts against the limit are the bytes that
really come out, not those that the ZIP promises.
"""

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from spindle.sync_worker.archive.errors import Damaged, NotAnArchive, TooLarge
from spindle.sync_worker.logic.files import Package, package_of

ENTRIES = 10_000
"""In a ZIP; real ones have about fifty."""

_LIST = 2 * 2**20  # bytes of a ZIP's list of files; one of ten thousand real names is shorter
_TOO_MANY = f"the ZIP holds more than {ENTRIES:,} files"
_NO_LIST = "the list of files in the ZIP cannot be read"
_PIECE = 2**17  # bytes; larger ones fall out of the processor's cache, and reading takes twice as long
_ENCRYPTED = 0x1
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack a piece as a whole, however large that gets
_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, OverflowError, NotImplementedError)
"""What zipfile raises for a ZIP that is not as it should be."""
_ZIP = b"PK\x03\x04"
_LABEL = 200  # characters of a name that are shown


@dataclass
class Allowance:
    """Bytes that may still come out of an upload, all files together."""

    of: int
    left: int = -1

    def __post_init__(self) -> None:
        self.left = self.of

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise TooLarge(f"it unpacks to more than {self.of:,} bytes (SPINDLE_IMPORT_MAX_BYTES)")


@dataclass(frozen=True)
class Member:
    """One file of a history. `pieces` are read once, in their order; they raise `Damaged` or `TooLarge`."""

    name: str
    package: Package
    pieces: Iterator[bytes]


@dataclass(frozen=True)
class Refused:
    """A file that could be one of a history and is not read."""

    name: str
    why: str


def members(upload: IO[bytes], name: str, allowance: Allowance) -> Iterator[Member | Refused]:
    """Raises `NotAnArchive`, `Damaged` or `TooLarge`. `name` is that of the file handed over."""
    if _is_zip(upload):
        yield from _of_zip(_Guarded(upload), allowance)
        return
    upload.seek(0)
    if upload.read(len(_ZIP)) == _ZIP:
        raise Damaged("the ZIP is cut off: its end, with the list of its files, is missing")
    upload.seek(0)
    yield Member(label(name), package_of(name) or Package.ANY, _pieces(upload, allowance))


def label(name: str) -> str:
    """A name from outside as it may be shown: no control characters, not without end."""
    shown = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(each)[0] == "C" else each for each in name)
    return shown if len(shown) <= _LABEL else f"{shown[: _LABEL - 1]}…"


class _Guarded:
    """An upload as zipfile sees it. It reads the list of files as a whole, and only then tells how many there are."""

    def __init__(self, upload: IO[bytes]) -> None:
        self._upload = upload
        self.seek, self.tell, self.seekable = upload.seek, upload.tell, upload.seekable

    def read(self, size: int = -1) -> bytes:
        if size > _LIST:
            raise TooLarge(_TOO_MANY)
        return self._upload.read(size)


def _is_zip(upload: IO[bytes]) -> bool:
    try:
        return zipfile.is_zipfile(upload)
    except _UNREADABLE as error:
        raise Damaged(_NO_LIST) from error


def _of_zip(upload: _Guarded, allowance: Allowance) -> Iterator[Member | Refused]:
    try:
        archive = zipfile.ZipFile(upload)
    except _UNREADABLE as error:
        raise Damaged(_NO_LIST) from error
    with archive:
        entries = archive.infolist()
        if len(entries) > ENTRIES:
            raise TooLarge(_TOO_MANY)
        found = False
        for entry in entries:
            member = _member(archive, entry, allowance)
            if member:
                found = True
                yield member
        if not found:
            raise NotAnArchive("the ZIP holds no file of a listening history")


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, allowance: Allowance) -> Member | Refused | None:
    """None for what is no part of a history: folders, the account's other files, what macOS adds."""
    parts = entry.filename.replace("\\", "/").split("/")
    if parts[-1] == "" or "__MACOSX" in parts or parts[-1].startswith("._"):
        return None
    name = label(entry.filename)
    if parts[-1].lower().endswith(".zip"):
        return Refused(name, "a ZIP within the ZIP: import it by itself")
    package = package_of(parts[-1])
    if package is None:
        return None
    if parts[0] == "" or ".." in parts or ":" in parts[0]:
        return Refused(name, "its name points outside of the ZIP")
    if entry.flag_bits & _ENCRYPTED:
        return Refused(name, "it is encrypted: unpack it and import the files")
    if entry.compress_type not in _KNOWN:
        return Refused(name, "it is packed in a way that is not known here: unpack it and import the files")
    return Member(name, package, _unpacked(archive, entry, allowance))


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, allowance: Allowance) -> Iterator[bytes]:
    try:
        with archive.open(entry) as packed:
            yield from _pieces(packed, allowance)
    except (*_UNREADABLE, RuntimeError) as error:  # the last for an encryption that only its own header tells of
        raise Damaged("it does not unpack: the rows before are complete") from error


def _pieces(file: IO[bytes], allowance: Allowance) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        allowance.spend(len(piece))
        yield piece
