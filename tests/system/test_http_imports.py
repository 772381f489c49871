"""Files handed over to HTTP: imported, taken back; and of what cannot be imported nothing is left."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from door import TOKEN, Api, api_of
from exported import AUDIO, package, row
from imported import lying
from stack import Stack, Stacked

from spindle.shared.bus.uploads import PIECE
from spindle.shared.ids import Kind
from spindle.simulator import Settings, build

pytestmark = pytest.mark.usefixtures("own_users")  # whatever it asks of NATS it must be allowed to

ROWS = [row(n) for n in range(30)]


async def begun(api: Api, user: str, *files: tuple[str, bytes], **asked: Any) -> Any:
    return await api.post(f"users/{user}/imports", 202, files=[("files", file) for file in files], params=asked)


async def ended(stack: Stack, api: Api, job: str) -> Any:
    async def look() -> Any:
        found = await api.get(f"imports/{job}")
        return found if found["finished_at"] else None

    return await stack.until(look)


async def test_files_are_imported_and_taken_back(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start("recorder", "scheduler", "sync_worker", initial_sync_enabled=False)
        user = await stack.link("Ada", "no token")
        broken = [*ROWS, row(31, ts="never")]
        large = json.dumps(broken).encode() + b" " * PIECE
        zipped = package(tmp_path / "my_spotify_data.zip", ROWS[:10]).read_bytes()
        async with api_of(stack) as api:
            dry = await begun(api, "Ada", ("my_spotify_data.zip", zipped), dry_run=True)
            would = await ended(stack, api, dry["import"])
            begins = await begun(api, user, ("my_spotify_data.zip", zipped), ("endsong_0.json", large))
            receipt = await ended(stack, api, begins["import"])
            rejects = await api.get(f"imports/{begins['import']}/rejects")
            sheet = await api.text(f"imports/{begins['import']}/rejects.csv")
            listed = (await api.get("imports", user="Ada"))["imports"]
            undoing = await api.post(f"imports/{begins['import']}/undo", 202)
            await stack.until(lambda: undone(api, begins["import"]))
            again = await api.post(f"imports/{begins['import']}/undo", 409)

        assert (would["dry_run"], would["buckets"]["new"]) == (True, 10)
        assert [each["bytes"] for each in begins["files"]] == [len(zipped), len(large)]
        assert [(each["name"], each["rows"]) for each in receipt["files"]] == [(AUDIO, 10), ("endsong_0.json", 31)]
        assert (receipt["buckets"]["new"], receipt["buckets"]["duplicate"]) == (30, 10)
        assert [each["position"] for each in rejects["rejects"]] == [31]
        assert sheet.splitlines()[0] == "file,position,reason"
        assert [each["import"] for each in listed] == [begins["import"], dry["import"]]
        assert (undoing["done"], await stack.plays(user)) == (True, [])
        assert "undone" in again or "taken back" in again
        assert await lying(stack) == []


async def undone(api: Api, job: str) -> bool:
    return (await api.get(f"imports/{job}"))["undone_at"] is not None


async def test_of_what_cannot_be_imported_nothing_is_left(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        user = await stack.link("Ada", "no token")
        body = json.dumps(ROWS).encode()
        form, cut_off = as_form(body), as_form(body)[:-20]
        async with api_of(stack, upload_limit=9) as api:
            where = f"users/{user}/imports"
            refused = {
                "not a form": await api.post(where, 415, content=body),
                "nothing": await api.post(where, 422, **sent(b"--b--\r\n")),
                "no file": await api.post(where, 422, data={"dry_run": "true"}, files={"files": ("", b"")}),
                "empty": await api.post(where, 422, files={"files": ("a.json", b"  \n")}),
                "text": await api.post(where, 422, files=[("files", ("a.json", body)), ("files", ("b.txt", b"Hello"))]),
                "cut off": await api.post(where, 422, **sent(cut_off)),
                "no header": await api.post(where, 422, **sent(form.replace(b"\r\n\r\n", b"\r\n"))),
                "announced": await api.post(where, 413, files={"files": ("a.json", b"[" + b" " * 10 * 2**20)}),
                "arrived": await api.post(where, 413, **sent(endless())),
            }
            await gone_half_way(api, where)
            await api.post(f"users/{user}/pause", json={"what": "archive"})
            refused["paused"] = await api.post(where, 409, **sent(form))
            await api.post(f"users/{user}/resume")
            await stack.until(lambda: resumed(api, user))
            first = await api.post(where, 202, **sent(form.replace(b"--b--", b"--b\r\nX: y\r\n\r\nnobody's\r\n--b--")))
            refused["another"] = await api.post(where, 409, **sent(form))

            async def cleared() -> bool:
                return all(first["import"].rpartition(".")[2] in name for name in await lying(stack))

            await stack.until(cleared)

        assert refused["text"] == "this is neither a ZIP nor a JSON file of a listening history: b.txt"
        assert refused["another"] == "another import for Ada is running; start this one when it has ended"
        assert "more than 9 MB" in refused["announced"] == refused["arrived"]
        assert [each.job for each in await stack.jobs(user, Kind.ARCHIVE)] == [first["import"]]
        assert first["files"] == [{"name": "a.json", "bytes": len(body)}]


async def resumed(api: Api, user: str) -> bool:
    return not (await api.get(f"users/{user}"))["paused"]


def as_form(body: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.json"\r\n\r\n' + body + b"\r\n--b--\r\n"


def sent(form: bytes | AsyncIterator[bytes]) -> dict[str, Any]:
    return {"content": form, "headers": {"Content-Type": "multipart/form-data; boundary=b"}}


async def endless() -> AsyncIterator[bytes]:
    """More than is announced, for nothing is."""
    yield as_form(b"[")[:-9]
    for _ in range(200):
        yield b" " * 2**16


async def gone_half_way(api: Api, where: str) -> None:
    """Long enough for a piece to be stored."""
    _, writer = await asyncio.open_connection(api.http.base_url.host, api.http.base_url.port)
    head = (
        f"POST /api/{where} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {6 * 2**20}"
    )
    writer.write(f"{head}\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n".encode())
    writer.write(as_form(b"[" + b" " * (PIECE + 2**18))[:-9])
    await writer.drain()
    await asyncio.sleep(0.5)
    writer.close()
