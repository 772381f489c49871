"""Whether a file is a whole backup, and one that can be restored: known before anything is changed."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO

from pydantic import ValidationError

from spindle.cli.backups.bus import PARTS, Entry, belongs
from spindle.cli.backups.format import FORMAT, KEY, MANIFEST, SETTINGS, Damaged, Manifest, NoBackup, Part
from spindle.cli.backups.reading import lines, pieces

_TABLE = re.compile(r"tables/(.+)\.csv", re.DOTALL)
_SMALL = 2**20  # bytes of a part that is kept in memory: settings, a key, the manifest
_MANY = 1000  # parts


def verified(file: IO[bytes]) -> Manifest:
    """The whole file read to its end, and every part as the manifest says. Raises `NoBackup`."""
    found: dict[str, Part] = {}
    manifest: Manifest | None = None
    for name, group in groupby(pieces(file), key=lambda piece: piece[0]):
        if manifest or name in found:
            raise Damaged(f"{name} is in the wrong place")
        contents = (content for _, content in group)
        if name == MANIFEST:
            manifest = _manifest(small(name, contents))
        else:
            found[name] = _part(name, contents)
        if len(found) > _MANY:
            raise Damaged("it has too many parts")
    if manifest is None:
        raise Damaged("its end is missing") if found else NoBackup
    _compare(manifest, found)
    return manifest


def small(name: str, contents: Iterable[bytes]) -> bytes:
    whole = b""
    for content in contents:
        whole += content
        if len(whole) > _SMALL:
            raise Damaged(f"{name} is too large")
    return whole


def _manifest(content: bytes) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as why:
        raise Damaged("its manifest cannot be read") from why
    if manifest.format > FORMAT:
        raise NoBackup(f"The backup has format {manifest.format}, and this Spindle reads {FORMAT}: use a newer Spindle")
    return manifest


def _compare(manifest: Manifest, found: dict[str, Part]) -> None:
    for name in sorted(manifest.parts.keys() | found.keys()):
        if manifest.parts.get(name) != found.get(name):
            raise Damaged(f"{name} is not what it was")
        table = _TABLE.fullmatch(name)
        if table and not manifest.columns.get(table[1]):
            raise Damaged(f"its manifest does not know the columns of {table[1]}")
    if (set(PARTS) & found.keys()) != (set(PARTS) if manifest.with_bus else set()):
        raise Damaged("its manifest says something else about tokens, pauses and facts")


def _part(name: str, contents: Iterator[bytes]) -> Part:
    sums = _Sums()
    counted = sums.watched(contents)
    if _TABLE.fullmatch(name):
        rows = _rows(counted)
    elif name in PARTS:
        rows = sum(1 for line in lines(counted) if _checked(name, line))
    elif name in (*SETTINGS, KEY):
        rows = _text(name, small(name, counted))
    else:
        raise Damaged(f"no backup has a part {name!r}")
    return Part(rows=rows, bytes=sums.bytes, sha256=sums.sha256.hexdigest())


def _text(name: str, content: bytes) -> int:
    try:
        content.decode()
    except UnicodeDecodeError as why:
        raise Damaged(f"{name} is no text") from why
    return 1


class _Sums:
    """What passes by: how much, and its checksum."""

    def __init__(self) -> None:
        self.bytes = 0
        self.sha256 = hashlib.sha256()

    def watched(self, contents: Iterator[bytes]) -> Iterator[bytes]:
        for content in contents:
            self.bytes += len(content)
            self.sha256.update(content)
            yield content


def _rows(contents: Iterator[bytes]) -> int:
    """Ends of lines that are not within quotes."""
    rows = quotes = 0
    for content in contents:
        parted = content.split(b'"')
        rows += b"".join(parted[quotes % 2 :: 2]).count(b"\n")
        quotes += len(parted) - 1
    return rows


def _checked(part: str, line: bytes) -> bool:
    try:
        entry = Entry.model_validate_json(line)
    except ValidationError as why:
        raise Damaged(f"a line of {part} cannot be read") from why
    if not belongs(part, entry):
        raise Damaged(f"a line of {part} belongs elsewhere")
    return True
