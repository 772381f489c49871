"""The file of a backup: a compressed tar, written in one go, in bounded memory.

    tokens.jsonl/000000         a part is one or more members, cut wherever the size is reached
    tables/plays.csv/000000
    tables/plays.csv/000001
    …
    manifest.json               last: what this is, and a checksum of every part

Any tar opens it, and the tables are CSV: a person gets at their plays without Spindle too.
"""

import gzip
import hashlib
import io
import tarfile
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from spindle.people.errors import Problem

FORMAT = 1
MANIFEST = "manifest.json"
SETTINGS = ("settings.json", "demo.json")
KEY = "secret.key"

_PIECE = 4 * 2**20  # bytes of a member: what is in memory at a time
_LEVEL = 1  # of compression: higher ones cost three times the time for a tenth of the size


class NoBackup(Problem):
    def __init__(self, why: str = "This is no backup of Spindle: name a file that `spindle backup` has made") -> None:
        super().__init__(why)


class Damaged(NoBackup):
    def __init__(self, why: str) -> None:
        super().__init__(f"The backup is cut off or damaged ({why}): use another copy of it")


class Unwritten(Problem):
    """No `OSError`: between the tables and the file that would be taken for one of the database's."""

    def __init__(self, why: OSError) -> None:
        super().__init__(f"the backup cannot be written to its end: {why.strerror or why}")


class Part(BaseModel):
    model_config = ConfigDict(frozen=True)

    rows: int
    bytes: int
    sha256: str


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    spindle: str
    created_at: AwareDatetime
    schema_revision: str
    columns: dict[str, list[str]]
    """By table."""
    listeners: int
    plays: int
    with_bus: bool
    """Whether tokens, pauses and waiting facts are in it; else it is the database alone."""
    control: int = Field(0, ge=0, lt=2**53)
    """The number of the last control: the next Spindle counts on from there, or it would take new ones for old."""
    key: str | None = None
    """Tells which key opens the tokens, not what it is; of several the one that sealed last."""
    keys: tuple[str, ...] = ()
    """All of them."""
    client_id: str = ""
    parts: dict[str, Part] = {}


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


class Writer:
    """One part after the other, then the manifest."""

    def __init__(self, out: Sink, created_at: datetime) -> None:
        self.written = 0
        self._out: Sink | None = out
        self._at = int(created_at.timestamp())
        self._packed = gzip.GzipFile("", "wb", _LEVEL, fileobj=self, mtime=self._at)
        self._tar = tarfile.open(  # noqa: SIM115 -- `finish` closes it
            mode="w|", fileobj=self._packed, bufsize=tarfile.RECORDSIZE, format=tarfile.USTAR_FORMAT, encoding="utf-8"
        )
        self._parts: dict[str, Part] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out = None
        for one in (self._tar, self._tar.fileobj, self._packed):
            if one is not None:
                one.close()

    def write(self, data: bytes) -> int:
        """What the compressor hands on; at the latest when it is forgotten, and then nobody wants it any more."""
        try:
            if self._out is not None:
                self._out.write(data)
        except OSError as why:
            self._out = None
            raise Unwritten(why) from why
        self.written += len(data)
        return len(data)

    def flush(self) -> None:
        """Asked for by the compressor; the file below is flushed by whoever opened it."""

    def part(self, name: str) -> "PartWriter":
        return PartWriter(self, name)

    def whole(self, name: str, data: bytes) -> None:
        """A small part at once."""
        part = self.part(name)
        part.write(data)
        part.end(1)

    def finish(self, about: Manifest) -> Manifest:
        manifest = about.model_copy(update={"parts": self._parts})
        self.add(MANIFEST, manifest.model_dump_json(indent=2).encode())
        self._tar.close()
        self._packed.close()
        return manifest

    def add(self, member: str, data: bytes) -> None:
        entry = tarfile.TarInfo(member)
        entry.size, entry.mtime, entry.mode = len(data), self._at, 0o600
        self._tar.addfile(entry, io.BytesIO(data))

    def seal(self, name: str, part: Part) -> None:
        self._parts[name] = part


class PartWriter:
    def __init__(self, writer: Writer, name: str) -> None:
        self._writer = writer
        self._name = name
        self._waiting = bytearray()
        self._members = 0
        self._bytes = 0
        self._sum = hashlib.sha256()

    @property
    def size(self) -> int:
        return self._bytes

    def write(self, data: bytes) -> None:
        self._sum.update(data)
        self._bytes += len(data)
        self._waiting += data
        if len(self._waiting) >= _PIECE:
            self._cut()

    def end(self, rows: int) -> None:
        if self._waiting or not self._members:
            self._cut()
        self._writer.seal(self._name, Part(rows=rows, bytes=self._bytes, sha256=self._sum.hexdigest()))

    def _cut(self) -> None:
        self._writer.add(f"{self._name}/{self._members:06}", bytes(self._waiting))
        self._members += 1
        self._waiting.clear()
