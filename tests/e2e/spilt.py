"""Looks for secrets in everything that a run wrote: as they are, cut off, encoded, compressed."""

import base64
import gzip
import io
import os
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from urllib.parse import quote

_CUT = 24
"""So many letters of a secret in a row are a find: none of ours is shorter, and one that is cut off is spilt too."""
_RUN = re.compile(rb"[A-Za-z0-9_+/%=-]{24,}")
_DEEPEST = 4


class Secrets:
    """What must not be found, each under a name that may be shown."""

    def __init__(self, by_name: Mapping[str, str | bytes]) -> None:
        self._names: dict[bytes, str] = {}
        self._binary: dict[bytes, str] = {}
        for name, secret in by_name.items():
            raw = secret if isinstance(secret, bytes) else secret.encode()
            assert len(raw) >= _CUT, f"{name} is too short to be looked for"
            if isinstance(secret, bytes):
                self._binary[raw] = name
            for text in _spellings(raw, binary=isinstance(secret, bytes)):
                self._names[text[:_CUT]] = name

    def __len__(self) -> int:
        return len(set(self._names.values()))

    def within(self, content: bytes, depth: int = 0) -> set[str]:
        """The names of those that are in it, or in what is packed in it."""
        found = {name for raw, name in self._binary.items() if raw in content}
        for text in (content, content.replace(b"\0", b"")):  # the latter for UTF-16, either way round
            for run in _RUN.finditer(text):
                found |= self._of(run[0])
        for part in _unpacked(content) if depth < _DEEPEST else ():
            found |= self.within(part, depth + 1)
        return found

    def under(self, directory: Path) -> Iterator[tuple[Path, str]]:
        """Each file that holds one, and its name. A file that goes meanwhile is gone."""
        for place, _, files in os.walk(directory):
            for file in files:
                path = Path(place) / file
                if path.is_file():
                    yield from ((path, name) for name in sorted(self.within(path.read_bytes())))

    def _of(self, run: bytes) -> set[str]:
        windows = (run[at : at + _CUT] for at in range(len(run) - _CUT + 1))
        return {self._names[window] for window in windows if window in self._names}


class Watched:
    """Every command line of the machine, as often as can be looked: what anybody sees with `ps`."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watched":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(process.read_bytes().replace(b"\0", b" "))
                except OSError:
                    continue


def _spellings(raw: bytes, *, binary: bool) -> Iterable[bytes]:
    """Base64 has three forms, by how many bytes stand before it; the letters that those share are left out."""
    forms = [] if binary else [raw, quote(raw).encode()]
    forms += [raw.hex().encode(), raw.hex().upper().encode()]
    for before in range(3):
        plain = base64.b64encode(b"\0" * before + raw)[(0, 2, 3)[before] :].rstrip(b"=")
        forms += [plain, plain.replace(b"+", b"-").replace(b"/", b"_")]
    return forms


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            yield from (file.read() for member in archive if (file := archive.extractfile(member)))
