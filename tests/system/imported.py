"""An import from beginning to end: files handed over, taken in, and what became of every row."""

from collections.abc import Mapping

from nats.js.errors import NotFoundError
from stack import Stack

from spindle.shared.bus.uploads import PIECE, STORE, Manifest, UploadedFile, Uploads
from spindle.shared.ids import JobId, Kind, UserId, new_job
from spindle.shared.messages.ask import AskImports, ImportRow, Imports
from spindle.shared.messages.control import Import


async def uploaded(stack: Stack, user: UserId, files: Mapping[str, bytes]) -> JobId:
    """The job that will import it, when it is started."""
    job = new_job(Kind.ARCHIVE, user)
    uploads = await Uploads.on(stack.js)
    for number, body in enumerate(files.values()):
        for piece in range(-(-len(body) // PIECE)):
            await uploads.put_piece(job, number, piece, body[piece * PIECE : (piece + 1) * PIECE])
    sizes = tuple(UploadedFile(name=name, size=len(body)) for name, body in files.items())
    await uploads.put_manifest(job, Manifest(files=sizes))
    return job


async def imported(stack: Stack, user: UserId, files: Mapping[str, bytes], within: float = 60) -> ImportRow:
    """The receipt, when the import has ended."""
    job = await uploaded(stack, user, files)

    async def started() -> bool:
        answer = await stack.control(Import(user=user, upload=job.rpartition(".")[2]))
        assert answer.done, answer
        return True

    await stack.until(started)  # a recorder that is busy elsewhere may be too late with its answer

    async def ended() -> ImportRow | None:
        found = (await stack.ask(AskImports(user=user, ending=job, files=True), Imports)).imports
        return found[0] if found and found[0].finished_at else None

    receipt = await stack.until(ended, within)
    assert receipt.buckets.rows == receipt.rows == sum(file.rows for file in receipt.files), receipt
    assert all(file.buckets.rows == file.rows for file in receipt.files), receipt
    return receipt


async def lying(stack: Stack) -> list[str]:
    """What lies in the store of uploads."""
    try:
        found = await (await stack.js.object_store(STORE)).list(ignore_deletes=True)
    except NotFoundError:
        return []
    return [str(each.name) for each in found]
