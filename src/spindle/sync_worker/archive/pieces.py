"""An uploaded file as something to read and to seek in, whose pieces are fetched when they are needed."""

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import IO

from spindle.sync_worker.archive.errors import Gone

_KEPT = 2
"""Pieces in memory: a ZIP's list of files stands in its last one, and the files are read from front to back."""
_BUFFER = 64 * 1024  # bytes; headers of a ZIP are small

Fetch = Callable[[int], bytes | None]
"""A piece by its number. Called in the thread that reads."""


def opened(size: int, piece: int, fetch: Fetch) -> IO[bytes]:
    """A file of so many bytes, in pieces of so many. Reading raises `Gone`, and what `fetch` raises."""
    return io.BufferedReader(_Pieces(size, piece, fetch), _BUFFER)


class _Pieces(io.RawIOBase):
    def __init__(self, size: int, piece: int, fetch: Fetch) -> None:
        self._size = size
        self._piece = piece
        self._fetch = fetch
        self._at = 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        to = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if to < 0:
            raise OSError("a place before the beginning of the file")  # as files do; zipfile counts on it
        self._at = to
        return to

    def readinto(self, into: memoryview, /) -> int:  # type: ignore[override]  # all buffers that come are such
        number, within = divmod(self._at, self._piece)
        if self._at >= self._size:
            return 0
        found = self._read(number)[within : within + len(into)]
        into[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _read(self, number: int) -> bytes:
        if number not in self._kept:
            body = self._fetch(number)
            if body is None or len(body) != min(self._piece, self._size - number * self._piece):
                raise Gone
            self._kept[number] = body
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(number)
        return self._kept[number]
