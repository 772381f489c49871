"""The object store `uploads`: what people hand over, in pieces, and the slices that it is cut into.

nats-py reads an object as a whole, so no object is larger than a piece: whoever reads an upload asks for the pieces
that it needs. Everything of an upload begins with its listener and its own id, which is also that of its job: names,
and the subjects of what is stored under them.
"""

import asyncio
import json
import secrets
import zlib
from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256

import nats.errors
from nats.js import JetStreamContext
from nats.js.api import Header, ObjectInfo, ObjectMetaOptions
from nats.js.errors import APIError, NotFoundError, ObjectDeletedError, ObjectNotFoundError
from nats.js.object_store import ObjectStore

from spindle.shared.bus.errors import BusFull, StoreFull
from spindle.shared.bus.patience import insist
from spindle.shared.ids import JobId, UserId, parts, upload_of
from spindle.shared.messages import Value

STORE = "uploads"
STREAM = f"OBJ_{STORE}"
"""Of JetStream, in which the store is."""
CHUNKS = f"$O.{STORE}.C"
"""What the subjects of all that is stored begin with."""
PIECE = 4 * 2**20
"""Bytes of a piece of a file."""

_NAMES = f"$O.{STORE}.M"
_NOT_THERE = (ObjectNotFoundError, ObjectDeletedError)
_CHUNK = 512 * 1024  # bytes of a message; servers allow a megabyte unless told otherwise
_WITHIN = 10.0  # seconds; a read of nats-py's waits for ever when its server restarts
_STORED, _DEFLATED = b"s", b"d"
_FAST = 1
_SAMPLE, _WORTH_IT = 64 * 1024, 0.9  # a ZIP does not get smaller, and to find that out takes longer than to send it
_TOGETHER = 16  # objects are removed
_FULL = 10077  # maximum bytes exceeded


class UploadedFile(Value):
    name: str
    size: int

    @property
    def pieces(self) -> int:
        return -(-self.size // PIECE)


class Manifest(Value):
    """Which files an upload consists of. It is put last: an upload that has one is whole."""

    files: tuple[UploadedFile, ...]


class Uploads:
    """Methods raise `BusSilent` when NATS does not confirm in time, and `StoreFull` when the store has no room."""

    def __init__(self, js: JetStreamContext, store: ObjectStore) -> None:
        self._js = js
        self._store = store

    @classmethod
    async def on(cls, js: JetStreamContext) -> "Uploads":
        """Raises `BucketNotFoundError` where nobody has provisioned."""
        return cls(js, await js.object_store(STORE))

    async def put_manifest(self, job: JobId, manifest: Manifest) -> None:
        await self._put(job, "manifest", manifest.model_dump_json().encode())

    async def manifest(self, job: JobId) -> Manifest | None:
        found = await self._get(job, "manifest")
        return None if found is None else Manifest.model_validate_json(found)

    async def put_piece(self, job: JobId, file: int, piece: int, body: bytes) -> None:
        await self._put(job, f"file/{file}/{piece}", body)

    async def piece(self, job: JobId, file: int, piece: int) -> bytes | None:
        return await self._get(job, f"file/{file}/{piece}")

    async def put_slice(self, job: JobId, number: int, body: bytes) -> None:
        await self._put(job, f"slice/{number}", body)

    async def slice(self, job: JobId, number: int) -> bytes | None:
        return await self._get(job, f"slice/{number}")

    async def remove(self, job: JobId) -> None:
        """Everything of this upload, also what a try that was broken off has left."""
        await self._remove(_of(job))

    async def remove_slices(self, job: JobId) -> None:
        """What the upload was cut into; the next cut makes it anew."""
        await self._remove(f"{_of(job)}slice/")

    async def remove_all(self, user: UserId) -> None:
        """Everything of this listener."""
        await self._remove(f"{user}/")

    async def _put(self, job: JobId, name: str, body: bytes) -> None:
        kept = await asyncio.to_thread(_deflated, body)

        async def put() -> None:
            await asyncio.wait_for(self._publish(_of(job) + name, kept), _WITHIN)

        try:
            await insist(put)
        except BusFull as error:
            if _is_of_the_store(error.__cause__):
                raise StoreFull from error
            raise

    async def _publish(self, name: str, kept: bytes) -> None:
        """Chunks, and then what makes an object of them. The client's own names chunks at random: nobody could say
        whose they are when their object has not come about. The form is that of NATS (ADR-20)."""
        before = await self._nuid(name)
        chunks = [kept[at : at + _CHUNK] for at in range(0, len(kept), _CHUNK)]
        info = ObjectInfo(
            name=name,
            bucket=STORE,
            nuid=f"{_subject(name)}.{secrets.token_hex(8)}",
            size=len(kept),
            chunks=len(chunks),
            digest=f"SHA-256={urlsafe_b64encode(sha256(kept).digest()).decode()}",
            mtime=datetime.now(UTC).isoformat(),
            options=ObjectMetaOptions(max_chunk_size=_CHUNK),
        )
        told = f"{_NAMES}.{urlsafe_b64encode(name.encode()).decode()}"
        try:
            for chunk in chunks:
                await self._js.publish(f"{CHUNKS}.{info.nuid}", chunk)
            await self._js.publish(told, json.dumps(info.as_dict()).encode(), headers={Header.ROLLUP: "sub"})
        except Exception:
            with suppress(nats.errors.Error, TimeoutError):
                await self._purge(info.nuid)
            raise
        if before:
            await self._purge(before)

    async def _nuid(self, name: str) -> str | None:
        """What is stored under this name."""
        try:
            return (await self._store.get_info(name)).nuid
        except _NOT_THERE:
            return None

    async def _purge(self, chunks: str) -> None:
        """Of one object, by its id, or of all whose ids match."""
        await self._js.purge_stream(STREAM, subject=f"{CHUNKS}.{chunks}")

    async def _get(self, job: JobId, name: str) -> bytes | None:
        async def get() -> bytes | None:
            try:
                found = await asyncio.wait_for(self._store.get(_of(job) + name), _WITHIN)
            except _NOT_THERE:
                return None
            return bytes(found.data or b"")

        kept = await insist(get)
        if not kept:
            return None
        return await asyncio.to_thread(_inflated, kept)

    async def _remove(self, prefix: str) -> None:
        async def names() -> list[str]:
            try:
                found = await asyncio.wait_for(self._store.list(ignore_deletes=True), _WITHIN)
            except NotFoundError:
                return []
            return [str(each.name) for each in found]

        found = [name for name in await insist(names) if name.startswith(prefix)]
        for at in range(0, len(found), _TOGETHER):
            await asyncio.gather(*(insist(partial(self._delete, name)) for name in found[at : at + _TOGETHER]))
        await insist(partial(self._purge, f"{_subject(prefix)}.>"))

    async def _delete(self, name: str) -> None:
        try:
            await asyncio.wait_for(self._store.delete(name), _WITHIN)
        except _NOT_THERE:
            return


def _subject(name: str) -> str:
    return name.strip("/").replace("/", ".")


def _is_of_the_store(error: BaseException | None) -> bool:
    """And not of all that the server may store, where there is room again by and by."""
    return isinstance(error, APIError) and error.err_code == _FULL


def _deflated(body: bytes) -> bytes:
    if len(zlib.compress(body[:_SAMPLE], _FAST)) > _WORTH_IT * len(body[:_SAMPLE]):
        return _STORED + body
    deflated = zlib.compress(body, _FAST)
    return _DEFLATED + deflated if len(deflated) < len(body) else _STORED + body


def _inflated(kept: bytes) -> bytes:
    return zlib.decompress(memoryview(kept)[1:]) if kept[:1] == _DEFLATED else kept[1:]


def _of(job: JobId) -> str:
    _, user = parts(job)
    return f"{user}/{upload_of(job)}/"
