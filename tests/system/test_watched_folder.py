"""The watched folder: what is put there is imported once, whoever looks and however often they are killed."""

import asyncio
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError
from stack import Stack, Stacked
from structlog.testing import capture_logs

from spindle.shared.bus.topology import CONSUMERS
from spindle.shared.bus.uploads import STORE, Uploads
from spindle.shared.ids import JobId, Kind, UserId, new_job, new_user, now
from spindle.shared.messages import Value
from spindle.shared.messages.ask import AskImports, AskJobs, AskUsers, ImportRow, Imports, JobRow, Jobs, Listener, Users
from spindle.shared.messages.imports import Buckets, ImportArchive
from spindle.shared.messages.jobs import Status
from spindle.simulator import Settings, build
from spindle.sync_worker.archive import watching
from spindle.sync_worker.archive.watching import Watching
from spindle.sync_worker.asking import Others

ADA = new_user()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """With a folder for one listener."""
    (tmp_path / "watched" / "ada").mkdir(parents=True)
    return tmp_path / "watched"


async def test_a_file_is_imported_once_it_is_complete_and_put_away_with_its_receipt(
    stacked: Stacked, root: Path
) -> None:
    async with stacked(build(Settings(listeners=0))) as stack, _recorder(stack) as recorder:
        watcher = await _watching(stack, root)
        (root / "ada" / "my_spotify_data.zip").write_bytes(b"PK half")
        await watcher.look()
        (root / "ada" / "my_spotify_data.zip").write_bytes(b"PK whole")
        await watcher.look()
        assert await _begun(stack) is None

        await watcher.look()

        step = await _begun(stack)
        assert step is not None
        uploads = await Uploads.on(stack.js)
        manifest = await uploads.manifest(step.job)
        assert manifest is not None
        assert [(file.name, file.size) for file in manifest.files] == [("my_spotify_data.zip", 8)]
        assert await uploads.piece(step.job, 0, 0) == b"PK whole"
        recorder.running(step.job)
        await watcher.look()
        assert not (root / "ada" / "imported").exists()

        await recorder.end(stack, step.job)
        await watcher.look()

        assert _names(root) == {"imported/my_spotify_data.zip", "imported/my_spotify_data.zip.receipt.json"}
        receipt = json.loads((root / "ada/imported/my_spotify_data.zip.receipt.json").read_text())
        assert (receipt["job"], receipt["buckets"]["new"]) == (step.job, 7)


async def test_all_loose_files_make_one_import_whoever_looks_and_however_often_they_die(
    stacked: Stacked, root: Path
) -> None:
    async with stacked(build(Settings(listeners=0))) as stack, _recorder(stack) as recorder:
        for name in ("endsong_0.json", "endsong_1.json"):
            (root / "ada" / name).write_text(f"[{name!r}]")
        first = await _watching(stack, root)
        await first.look()
        await first.look()
        step = await _begun(stack)
        assert step is not None

        for _ in range(3):
            await (await _watching(stack, root)).look()
        again = await _begun(stack)
        assert again is not None
        assert (again.job, again.started_at) == (step.job, step.started_at)
        await recorder.end(stack, step.job)
        for _ in range(3):
            await (await _watching(stack, root)).look()

        assert await _begun(stack) is None
        assert {name for name in _names(root) if "receipt" not in name} == {
            "imported/endsong_0.json",
            "imported/endsong_1.json",
        }
        assert len(_names(root)) == 4


@pytest.mark.parametrize("status", [Status.ERROR, Status.CANCELLED])
async def test_what_could_not_be_imported_is_put_apart_and_may_be_put_in_again(
    stacked: Stacked, root: Path, status: Status
) -> None:
    async with stacked(build(Settings(listeners=0))) as stack, _recorder(stack) as recorder:
        watcher = await _watching(stack, root)
        (root / "ada" / "notes.zip").write_bytes(b"no archive")
        first = await _looked_twice(stack, watcher)
        await recorder.end(stack, first, status)
        await watcher.look()
        assert _names(root) == {"refused/notes.zip", "refused/notes.zip.receipt.json"}

        (root / "ada/refused/notes.zip").rename(root / "ada/notes.zip")
        second = await _looked_twice(stack, watcher)

        assert second != first


async def test_while_another_import_runs_it_waits_its_turn(stacked: Stacked, root: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack, _recorder(stack) as recorder:
        other = ImportArchive(user=ADA, job=new_job(Kind.ARCHIVE, ADA), started_at=now())
        await stack.mailboxes.start(other)
        watcher = await _watching(stack, root)
        (root / "ada" / "a.zip").write_bytes(b"PK")

        with capture_logs() as logs:
            assert await _looked_twice(stack, watcher) == other.job
        assert "another import" in logs[0]["why"]
        await stack.mailboxes.purge(Kind.ARCHIVE, ADA, other.job)
        watcher = await _watching(stack, root)
        await watcher.look()

        step = await _begun(stack)
        assert step is not None
        await recorder.end(stack, step.job)
        await watcher.look()
        assert "imported/a.zip" in _names(root)


async def test_a_refusal_is_not_asked_for_at_every_look(stacked: Stacked, root: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack, _recorder(stack):
        await stack.mailboxes.start(ImportArchive(user=ADA, job=new_job(Kind.ARCHIVE, ADA), started_at=now()))
        watcher = await _watching(stack, root)
        (root / "ada" / "a.zip").write_bytes(b"PK")
        asked = await stack.client.subscribe("control.import")

        for _ in range(6):
            await watcher.look()

        assert asked.pending_msgs == 1


async def test_while_imports_are_paused_nothing_is_asked_for(stacked: Stacked, root: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack, _recorder(stack, paused=("archive",)) as recorder:
        watcher = await _watching(stack, root)
        (root / "ada" / "a.zip").write_bytes(b"PK")
        for _ in range(3):
            await watcher.look()
        assert await _begun(stack) is None

        recorder.paused = ()
        await watcher.look()

        assert await _begun(stack) is not None


async def test_a_folder_of_nobody_is_told_of_once_and_left_as_it_is(stacked: Stacked, root: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack, _recorder(stack):
        watcher = await _watching(stack, root)
        (root / "nobody").mkdir()
        (root / "nobody" / "a.zip").write_bytes(b"PK")
        (root / "ada" / "b.zip").write_bytes(b"PK")

        with capture_logs() as logs:
            for _ in range(4):
                await watcher.look()

        assert [(line["folder"], line["why"]) for line in logs] == [("nobody", "there is no listener of this name")]
        assert (root / "nobody" / "a.zip").exists()
        assert await _begun(stack) is not None


async def test_without_a_recorder_it_waits(stacked: Stacked, root: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        (root / "ada" / "a.zip").write_bytes(b"PK")
        watcher = await _watching(stack, root)
        await watcher.look()
        with capture_logs() as logs:
            await watcher.look()
        assert [line["why"] for line in logs] == ["the recorder does not answer"]

        async with _recorder(stack):
            await watcher.look()

            assert await _begun(stack) is not None


async def test_every_sync_worker_that_is_told_of_a_folder_watches_it(
    stacked: Stacked, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.2)
    async with stacked(build(Settings(listeners=0))) as stack, _recorder(stack):
        (root / "ada" / "a.zip").write_bytes(b"no archive")
        asked = await stack.client.subscribe("control.import")

        await stack.start("sync_worker", import_dir=root)
        await stack.start("sync_worker", import_dir=root)

        await asked.next_msg(timeout=60)
        assert (root / "ada" / "importing").exists()


@dataclass
class _Recorder:
    """Somebody who answers for one listener and for their imports as the test says."""

    paused: tuple[str, ...] = ()
    rows: dict[JobId, Status] = field(default_factory=dict)

    def running(self, job: JobId) -> None:
        self.rows[job] = Status.RUNNING

    async def end(self, stack: Stack, job: JobId, status: Status = Status.SUCCESS) -> None:
        """As when all steps of an import were done."""
        await stack.mailboxes.purge(Kind.ARCHIVE, ADA, job)
        await (await Uploads.on(stack.js)).remove(job)
        self.rows[job] = status

    def users(self, asked: AskUsers) -> Value:
        known = Listener(user=ADA, name="ada", account="ada-account", linked_at=now(), paused=self.paused)
        return Users(users=(known,) if asked.user in ("ada", ADA) else ())

    def jobs(self, asked: AskJobs) -> Value:
        return Jobs(jobs=tuple(_job(job, status) for job, status in self.rows.items() if job == asked.ending))

    def imports(self, asked: AskImports) -> Value:
        assert asked.files
        return Imports(imports=tuple(_import(job, status) for job, status in self.rows.items() if job == asked.ending))


@asynccontextmanager
async def _recorder(stack: Stack, paused: tuple[str, ...] = ()) -> AsyncIterator[_Recorder]:
    """In place of the real one, so that a test decides how an import goes; the scheduler beside it is the real one."""
    recorder = _Recorder(paused)

    async def answer(message: Msg) -> None:
        match message.subject:
            case AskUsers.subject:
                found = recorder.users(AskUsers.decoded(message.data))
            case AskJobs.subject:
                found = recorder.jobs(AskJobs.decoded(message.data))
            case _:
                found = recorder.imports(AskImports.decoded(message.data))
        await message.respond(found.model_dump_json().encode())

    subscription = await stack.client.subscribe("ask.*", cb=answer)
    await stack.client.flush()
    await stack.start("scheduler")
    yield recorder
    await subscription.unsubscribe()


async def _watching(stack: Stack, root: Path) -> Watching:
    """Somebody new who watches."""
    return Watching(root, Others(stack.client), await Uploads.on(stack.js))


async def _looked_twice(stack: Stack, watcher: Watching) -> JobId:
    """The import that there is then."""
    await watcher.look()
    await watcher.look()
    step = await _begun(stack)
    assert step is not None
    return step.job


async def _begun(stack: Stack) -> ImportArchive | None:
    letter = await stack.mailboxes.read(Kind.ARCHIVE, ADA)
    return letter and ImportArchive.decoded(letter.body)


def _names(root: Path) -> set[str]:
    return {each.relative_to(root / "ada").as_posix() for each in (root / "ada").rglob("*") if each.is_file()}


def _job(job: JobId, status: Status) -> JobRow:
    return JobRow(
        job=job,
        user=ADA,
        name="ada",
        kind=Kind.ARCHIVE,
        status=status,
        reason=None,
        started_at=now(),
        finished_at=None if status is Status.RUNNING else now(),
        steps=1,
        requests=0,
        fetched=0,
        new=0,
        duplicates=0,
        error=None,
        waiting_until=None,
    )


def _import(job: JobId, status: Status) -> ImportRow:
    return ImportRow(
        job=job,
        user=ADA,
        name="ada",
        status=status,
        error=None,
        dry_run=False,
        started_at=now(),
        finished_at=now(),
        revoked_at=None,
        undone_at=None,
        rows=7,
        buckets=Buckets(new=7),
        file_count=1,
        earliest=None,
        latest=None,
    )


async def test_exports_become_plays_and_their_receipts_balance(
    stacked: Stacked, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.2)
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        folder = root / user
        _put_exports(folder)

        await stack.start("sync_worker", import_dir=root)
        await stack.until(lambda: _all_put_away(folder), within=90)

        await _look_at_exports(stack, user, folder)


async def test_a_worker_that_is_killed_again_and_again_imports_everything_once(stacked: Stacked, root: Path) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        await _impatient(stack)
        (user,) = await stack.everybody()
        folder = root / user
        _put_exports(folder)
        environment = {**os.environ, **stack.environment, "SPINDLE_IMPORT_DIR": str(root)}
        dice, kills = random.Random(4), 0

        while await _all_put_away(folder) is None:
            assert kills < 40
            worker = subprocess.Popen([sys.executable, "-c", _QUICK], env=environment, stderr=subprocess.DEVNULL)
            # The first lives are too short for anything to be finished in them, the later ones for everything.
            if kills > 2:
                await stack.until(partial(_farther, stack, user, folder, await _far(stack, user, folder)))
            await asyncio.sleep(dice.uniform(0, 0.5))
            worker.kill()
            worker.wait()
            kills += 1

        print(f"killed {kills} times")
        assert kills >= 2
        await _look_at_exports(stack, user, folder)


_QUICK = """
import runpy
from spindle.sync_worker.archive import watching
watching.LOOK_EVERY = 0.2
runpy.run_module("spindle.sync_worker", run_name="__main__")
"""


def _put_exports(folder: Path) -> None:
    """Four files of 50 plays each, in three imports."""
    (folder / "MyData").mkdir(parents=True)
    (folder / "endsong_0.json").write_text(_rows(0))
    (folder / "endsong_1.json").write_text(_rows(50))
    (folder / "MyData" / "endsong_2.json").write_text(_rows(100))
    (folder / "MyData" / "Payments.json").write_text("{}")
    with zipfile.ZipFile(folder / "my_spotify_data.zip", "w") as archive:
        archive.writestr("MyData/endsong_3.json", _rows(150))


def _rows(first: int) -> str:
    def row(number: int) -> dict[str, object]:
        return {
            "ts": f"{datetime(2021, 5, 1, tzinfo=UTC) + number * timedelta(minutes=4):%Y-%m-%dT%H:%M:%SZ}",
            "platform": "linux",
            "ms_played": 200_000,
            "master_metadata_track_name": f"Song {number % 7}",
            "master_metadata_album_artist_name": "Somebody",
            "master_metadata_album_album_name": "Songs",
            "spotify_track_uri": f"spotify:track:{number % 7:022d}",
        }

    return json.dumps([row(number) for number in range(first, first + 50)])


async def _all_put_away(folder: Path) -> bool | None:
    """None while something is not."""
    files = {each.relative_to(folder).parts[0] for each in folder.rglob("*") if each.is_file()}
    return files == {"imported"} or None


async def _far(stack: Stack, user: UserId, folder: Path) -> tuple[int, int]:
    """How many steps were made, and how many files lie on the shelf."""
    steps = sum(row.steps for row in await stack.jobs(user, Kind.ARCHIVE))
    return steps, len([*(folder / "imported").glob("*")])


async def _farther(stack: Stack, user: UserId, folder: Path, before: tuple[int, int]) -> bool:
    return await _far(stack, user, folder) != before


async def _look_at_exports(stack: Stack, user: UserId, folder: Path) -> None:
    receipts = {path.name: json.loads(path.read_text()) for path in (folder / "imported").glob("*.receipt.json")}
    assert {name: (each["status"], each["rows"], each["buckets"]["new"]) for name, each in receipts.items()} == {
        "endsong_0.json.receipt.json": ("success", 100, 100),
        "endsong_1.json.receipt.json": ("success", 100, 100),
        "MyData.receipt.json": ("success", 50, 50),
        "my_spotify_data.zip.receipt.json": ("success", 50, 50),
    }
    shelf = {each.name for each in (folder / "imported").iterdir() if "receipt" not in each.name}
    assert shelf == {"endsong_0.json", "endsong_1.json", "MyData", "my_spotify_data.zip"}
    assert len(await stack.jobs(user, Kind.ARCHIVE)) == 3
    assert len(await stack.plays(user)) == 200
    with pytest.raises(NotFoundError):  # the store is empty
        await (await stack.js.object_store(STORE)).list(ignore_deletes=True)


async def _impatient(stack: Stack) -> None:
    """What a killed worker held comes again after two seconds instead of a minute."""
    for consumer in CONSUMERS["commands"]:
        await stack.js.add_consumer("commands", replace(consumer, ack_wait=2))
