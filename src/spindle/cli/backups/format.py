"""The file of a backup: a compressed tar, written and read in one go, in bounded memory.

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
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from spindle.cli.errors import CommandError

FORMAT = 1
MANIFEST = "manifest.json"

_PIECE = 4 * 2**20  # bytes of a member: what is in memory at a time
_LARGEST = 64 * 2**20  # no member that we wrote is larger; another one is not read into memory
_LEVEL = 1  # of compression: higher ones cost three times the time for a tenth of the size


class NoBackup(CommandError):
    def __init__(self, why: str = "This is no backup of Spindle: name a file that `spindle backup` has made") -> None:
        super().__init__(why)


class Damaged(NoBackup):
    def __init__(self, why: str) -> None:
        super().__init__(f"The backup is cut off or damaged ({why}): nothing was changed; use another copy of it")


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
    control: int = 0
    """The number of the last control: the next Spindle counts on from there, or it would take new ones for old."""
    key: str | None = None
    """Tells which key opens the tokens, not what it is."""
    client_id: str = ""
    parts: dict[str, Part] = {}


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


class Writer:
    """One part after the other, then the manifest."""

    def __init__(self, out: Sink, created_at: datetime) -> None:
        self.written = 0
        self._out = out
        self._at = int(created_at.timestamp())
        self._packed = gzip.GzipFile("", "wb", _LEVEL, fileobj=self, mtime=self._at)
        self._tar = tarfile.open(mode="w|", fileobj=self._packed, bufsize=tarfile.RECORDSIZE)  # noqa: SIM115 -- `finish` closes it
        self._parts: dict[str, Part] = {}

    def write(self, data: bytes) -> int:
        """What the compressor hands on."""
        self.written += len(data)
        self._out.write(data)
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


def pieces(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Each member's part and content, in their order; the manifest's too. Raises `NoBackup`."""
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
            for entry in tar:
                content = tar.extractfile(entry) if entry.size <= _LARGEST else None
                if content is None:
                    raise NoBackup
                yield entry.name.rpartition("/")[0] or entry.name, content.read()
            while unpacked.read(_PIECE):  # to the checksum of the whole
                pass
    except gzip.BadGzipFile as why:
        raise (Damaged(str(why)) if "CRC" in str(why) or "length" in str(why) else NoBackup()) from why
    except (EOFError, tarfile.TarError, zlib.error) as why:
        raise Damaged(str(why) or type(why).__name__) from why


def verified(file: IO[bytes]) -> Manifest:
    """The whole file read to its end, and every part as the manifest says. Raises `NoBackup`."""
    sums: dict[str, tuple[int, hashlib._Hash]] = {}
    manifest: Manifest | None = None
    for name, content in pieces(file):
        if name == MANIFEST:
            manifest = _manifest(content)
            continue
        size, checksum = sums.get(name, (0, hashlib.sha256()))
        checksum.update(content)
        sums[name] = (size + len(content), checksum)
    if manifest is None:
        raise Damaged("its end is missing") if sums else NoBackup
    _compare(manifest.parts, {name: (size, checksum.hexdigest()) for name, (size, checksum) in sums.items()})
    return manifest


def _manifest(content: bytes) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as why:
        raise Damaged("its manifest cannot be read") from why
    if manifest.format > FORMAT:
        raise NoBackup(f"The backup has format {manifest.format}, and this Spindle reads {FORMAT}: use a newer Spindle")
    return manifest


def _compare(promised: Mapping[str, Part], found: Mapping[str, tuple[int, str]]) -> None:
    for name in sorted(promised.keys() | found.keys()):
        part = promised.get(name)
        if part is None or found.get(name) != (part.bytes, part.sha256):
            raise Damaged(f"{name} is not what it was")
