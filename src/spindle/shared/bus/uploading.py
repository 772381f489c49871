"""Putting files from a disk into the store of uploads, a piece at a time."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from spindle.shared.bus.errors import BusError
from spindle.shared.bus.uploads import PIECE, Manifest, UploadedFile, Uploads
from spindle.shared.ids import JobId

_ENDINGS = (".json", ".zip")
_CLEARED_WITHIN = 5.0  # seconds; whoever gives up must not be held up by it


def files_of(path: Path) -> list[tuple[str, Path]]:
    """What is handed over with `path`, each file with the name that the receipt will call it.

    A file is handed over whatever it is. Of a folder it is the JSON and ZIP files at any depth, named from the folder
    on; neither hidden ones, nor what is only linked to from there. Raises `OSError` for a folder in it that cannot be
    listed.
    """
    if not path.is_dir():
        return [(path.name, path)]
    return [(f"{path.resolve().name}/{each.relative_to(path).as_posix()}", each) for each in _within(path)]


def looks_handed_over(name: str) -> bool:
    """Whether a file of this name is taken out of a folder."""
    return name.lower().endswith(_ENDINGS) and not name.startswith(".")


async def upload(uploads: Uploads, job: JobId, files: Sequence[tuple[str, Path]], told: Callable[[int], None]) -> None:
    """Put files, each with its name, into the store; `told` is given the bytes of every piece once it is there.

    Raises `OSError` for a file that cannot be read, and `BusSilent` when NATS does not confirm or has no room.
    Nothing is left there then, as far as the bus permits.
    """
    try:
        put = [await _put(uploads, job, number, name, path, told) for number, (name, path) in enumerate(files)]
        await uploads.put_manifest(job, Manifest(files=tuple(put)))
    except (OSError, BusError, asyncio.CancelledError):
        with suppress(BusError, TimeoutError):
            await asyncio.wait_for(uploads.remove(job), _CLEARED_WITHIN)
        raise


async def _put(
    uploads: Uploads, job: JobId, number: int, name: str, path: Path, told: Callable[[int], None]
) -> UploadedFile:
    """The size is what was read: a file may have changed since it was found."""
    size = 0
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            await uploads.put_piece(job, number, size // PIECE, piece)
            size += len(piece)
            told(len(piece))
    return UploadedFile(name=os.fsencode(name).decode(errors="replace"), size=size)


def _within(folder: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = sorted(each for each in folders if each != "__MACOSX" and not each.startswith("."))
        for name in sorted(files):
            path = Path(at, name)
            if looks_handed_over(name) and path.is_file() and not path.is_symlink():
                yield path


def _raise(error: OSError) -> None:
    raise error
