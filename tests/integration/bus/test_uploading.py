"""Files from a disk in the store of uploads: whole and in pieces, or not at all."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from nats.js import JetStreamContext

from spindle.shared.bus.topology import ensure_topology
from spindle.shared.bus.uploading import files_of, upload
from spindle.shared.bus.uploads import CHUNKS, PIECE, STORE, STREAM, Manifest, UploadedFile, Uploads
from spindle.shared.ids import Kind, new_job, new_user, parts, upload_of

JOB = new_job(Kind.ARCHIVE, new_user())


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(nats_url)
    await ensure_topology(client.jetstream())
    yield client.jetstream()
    await client.close()


async def test_files_come_back_piece_by_piece_as_they_were(js: JetStreamContext, tmp_path: Path) -> None:
    uploads = await Uploads.on(js)
    bodies = {"large.zip": os.urandom(PIECE) + b"rest", "small.json": b"[]", "empty.json": b""}
    for name, body in bodies.items():
        (tmp_path / name).write_bytes(body)
    told: list[int] = []

    await upload(uploads, JOB, [(f"my {name}", tmp_path / name) for name in bodies], told.append)

    manifest = await uploads.manifest(JOB)
    assert manifest == Manifest(files=tuple(UploadedFile(name=f"my {n}", size=len(b)) for n, b in bodies.items()))
    assert told == [PIECE, 4, 2]
    for number, (file, body) in enumerate(zip(manifest.files, bodies.values(), strict=True)):
        pieces = [await uploads.piece(JOB, number, piece) for piece in range(file.pieces)]
        assert b"".join(piece or b"" for piece in pieces) == body


async def test_a_file_that_cannot_be_read_leaves_nothing_in_the_store(js: JetStreamContext, tmp_path: Path) -> None:
    uploads = await Uploads.on(js)
    (tmp_path / "one.json").write_bytes(b"[]")

    with pytest.raises(FileNotFoundError):
        await upload(uploads, JOB, [("1", tmp_path / "one.json"), ("2", tmp_path / "gone.json")], lambda _: None)

    assert await uploads.manifest(JOB) is None
    assert await uploads.piece(JOB, 0, 0) is None


async def test_a_name_that_is_no_text_does_not_keep_its_file_out(js: JetStreamContext, tmp_path: Path) -> None:
    uploads = await Uploads.on(js)
    path = tmp_path / "file.json"
    path.write_bytes(b"[]")

    await upload(uploads, JOB, [(os.fsdecode(b"caf\xe9.json"), path)], lambda _: None)

    manifest = await uploads.manifest(JOB)
    assert manifest is not None
    assert manifest.files[0].name == "caf\N{REPLACEMENT CHARACTER}.json"


async def test_what_is_put_again_takes_the_place_of_what_was_there(js: JetStreamContext) -> None:
    uploads = await Uploads.on(js)
    await uploads.put_slice(JOB, 0, os.urandom(PIECE))

    await uploads.put_slice(JOB, 0, b"shorter")

    assert await uploads.slice(JOB, 0) == b"shorter"
    assert sum((await stored(js)).values()) == 1


async def test_slices_go_and_files_stay(js: JetStreamContext) -> None:
    uploads = await Uploads.on(js)
    await uploads.put_piece(JOB, 0, 0, b"a piece")
    await uploads.put_slice(JOB, 0, b"a slice")

    await uploads.remove_slices(JOB)

    assert await uploads.slice(JOB, 0) is None
    assert await uploads.piece(JOB, 0, 0) == b"a piece"


@pytest.mark.parametrize("removed", ["the upload", "the listener"])
async def test_what_a_try_that_was_broken_off_has_left_goes_with_its_upload_alone(
    js: JetStreamContext, removed: str
) -> None:
    uploads, other = await Uploads.on(js), new_job(Kind.ARCHIVE, new_user())
    await uploads.put_piece(other, 0, 0, b"of somebody else")
    rest = await stored(js)
    while await stored(js) == rest:
        putting = asyncio.create_task(uploads.put_piece(JOB, 0, 0, os.urandom(PIECE)))
        while await stored(js) == rest:
            await asyncio.sleep(0)
        putting.cancel()
        await asyncio.gather(putting, return_exceptions=True)
        if await uploads.piece(JOB, 0, 0) is not None:  # it was quicker
            await uploads.remove(JOB)

    await (uploads.remove(JOB) if removed == "the upload" else uploads.remove_all(parts(JOB)[1]))

    assert await stored(js) == rest
    assert await uploads.piece(other, 0, 0) == b"of somebody else"


async def test_what_a_version_before_has_put_under_a_name_of_its_own_is_read_and_goes_too(js: JetStreamContext) -> None:
    uploads, (_, user) = await Uploads.on(js), parts(JOB)
    await (await js.object_store(STORE)).put(f"{user}/{upload_of(JOB)}/file/0/0", b"sa piece")

    assert await uploads.piece(JOB, 0, 0) == b"a piece"
    await uploads.remove(JOB)

    assert await stored(js) == {}


async def stored(js: JetStreamContext) -> dict[str, int]:
    """Chunks, by subject."""
    return (await js.stream_info(STREAM, subjects_filter=f"{CHUNKS}.>")).state.subjects or {}


def test_a_folder_hands_over_what_may_be_a_history_at_any_depth(tmp_path: Path) -> None:
    folder = tmp_path / "MyData"
    others = ("Read_Me.pdf", ".hidden.json", "__MACOSX/d.json", ".git/e.json")
    for name in ("b.json", "a.ZIP", "deep/down/c.JSON", *others):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"[]")
    (folder / "elsewhere.json").symlink_to(folder / "b.json")
    (folder / "around").symlink_to(tmp_path)

    assert [name for name, _ in files_of(folder)] == ["MyData/a.ZIP", "MyData/b.json", "MyData/deep/down/c.JSON"]
    assert all(path.is_file() for _, path in files_of(folder))


def test_a_file_is_handed_over_whatever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"no archive")

    assert files_of(path) == [("notes.txt", path)]
