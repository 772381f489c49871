"""Reading the file of a backup, in bounded memory whatever is in it."""

import gzip
import tarfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import IO

from spindle.cli.backups.format import Damaged, NoBackup

LONGEST = 16 * 2**20  # bytes of a line: far more than a message that NATS takes

_LARGEST = 16 * 2**20  # no member that we wrote is larger; another one is not read into memory
_BLOCK = tarfile.BLOCKSIZE
_PADDING = 2 * tarfile.RECORDSIZE  # there is less of it after the end


def pieces(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Each member's part and content, in their order; the manifest's too. Raises `NoBackup`."""
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
            while entry := _header(unpacked):
                content = _exactly(unpacked, -(-entry.size // _BLOCK) * _BLOCK)
                yield entry.name.rpartition("/")[0] or entry.name, content[: entry.size]
            if len(unpacked.read(_PADDING)) == _PADDING:  # else the checksum of the whole was read too, and is right
                raise Damaged("something follows its end")
    except gzip.BadGzipFile as why:
        raise (Damaged(str(why)) if "CRC" in str(why) or "length" in str(why) else NoBackup()) from why
    except (EOFError, OSError, ValueError, tarfile.TarError, zlib.error) as why:
        raise Damaged(str(why) or type(why).__name__) from why


def parts(file: IO[bytes], wanted: Collection[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Those alone, in the order of the file; what comes after the last of them is not read."""
    left = set(wanted)
    file.seek(0)
    groups = groupby(pieces(file), key=lambda piece: piece[0])
    while left:
        name, group = next(groups, ("", iter(())))
        if not name:
            raise Damaged(f"{min(left)} is missing")
        if name in left:
            yield name, (content for _, content in group)
            left.remove(name)


def lines(contents: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for content in contents:
        *whole, rest = (rest + content).split(b"\n")
        yield from whole
        if len(rest) > LONGEST:
            raise Damaged("a line has no end")
    if rest:
        yield rest


def _header(unpacked: gzip.GzipFile) -> tarfile.TarInfo | None:
    """Nothing but plain files: headers of other kinds may ask for any amount of memory."""
    head = _exactly(unpacked, _BLOCK)
    if not any(head):
        return None
    entry = tarfile.TarInfo.frombuf(head, "utf-8", "strict")
    if not entry.isreg() or not 0 <= entry.size <= _LARGEST:
        raise NoBackup
    return entry


def _exactly(unpacked: gzip.GzipFile, wanted: int) -> bytes:
    content = unpacked.read(wanted)
    if len(content) < wanted:
        raise EOFError("its end is missing")
    return content
