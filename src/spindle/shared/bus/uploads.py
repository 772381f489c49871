"""The object store `uploads`: what people hand over, in pieces, and the slices that it is cut into.

nats-py reads an object as a whole, so no object is larger than a piece: whoever reads an upload asks for the pieces
that it needs. Everything of an upload begins with its listener and its own id, which is also that of its job.
"""

import asyncio
import zlib
from functools import partial

from nats.js.api import ObjectMeta, ObjectMetaOptions
from nats.js.errors import APIError, NotFoundError, ObjectDeletedError, ObjectNotFoundError
from nats.js.object_store import ObjectStore

from spindle.shared.bus.errors import BusFull, StoreFull
from spindle.shared.bus.patience import insist
from spindle.shared.ids import JobId, UserId, parts, upload_of
from spindle.shared.messages import Value

STORE = "uploads"
PIECE = 4 * 2**20
"""Bytes of a piece of a file."""

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

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

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
        """Everything of this upload."""
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
            meta = ObjectMeta(options=ObjectMetaOptions(max_chunk_size=_CHUNK))
            await asyncio.wait_for(self._store.put(_of(job) + name, kept, meta), _WITHIN)

        try:
            await insist(put)
        except BusFull as error:
            if _is_of_the_store(error.__cause__):
                raise StoreFull from error
            raise

    async def _get(self, job: JobId, name: str) -> bytes | None:
        async def get() -> bytes | None:
            try:
                found = await asyncio.wait_for(self._store.get(_of(job) + name), _WITHIN)
            except (ObjectNotFoundError, ObjectDeletedError):
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

    async def _delete(self, name: str) -> None:
        try:
            await asyncio.wait_for(self._store.delete(name), _WITHIN)
        except (ObjectNotFoundError, ObjectDeletedError):
            return


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
