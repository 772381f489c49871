"""`import`, `imports`, `receipt` and `undo` as they are typed, against everything that carries them out."""

import json
import os
import zipfile
from pathlib import Path

from exported import AUDIO, VIDEO, account_row, package, podcast, row
from stack import Stack, Stacked
from typed import at_terminal, begin, offered, spindle

from spindle.shared.ids import Kind
from spindle.shared.messages.imports import Buckets
from spindle.simulator import Settings, build

SERVICES = ("recorder", "scheduler", "sync_worker")
WITHOUT_WORKER = ("recorder", "scheduler")
MIXED = [row(0), row(1), row(2, ms_played=12_000, skipped=True), podcast(3), row(4), row(4)]


def buckets(**some: int) -> dict[str, int]:
    return Buckets(**some).model_dump()


async def listening(stack: Stack, *services: str) -> str:
    """A listener's id, of whom nothing is polled."""
    await stack.start(*services, initial_sync_enabled=False)
    return await stack.link("Ada", "no token")


async def offers(stack: Stack, imports: list[str]) -> bool:
    """To be undone. Names that do not come while somebody types are left out."""
    return await offered(stack, "undo") == imports


async def test_a_zip_is_imported_with_a_receipt_that_balances(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        user = await listening(stack, *SERVICES)
        file = package(tmp_path / "my_spotify_data.zip", MIXED, row(5))

        said = await spindle(stack, "import", "Ada", str(file), "--wait", "--json")

        assert (said.code, said.err) == (0, "")
        told = said.json
        counted = buckets(new=3, short=1, podcast=1, duplicate=1)
        assert (told["status"], told["rows"], told["user"], told["error"]) == ("success", 7, user, None)
        assert told["buckets"] == {**counted, "video": 1}
        assert [(each["name"], each["rows"]) for each in told["files"]] == [(AUDIO, 6), (VIDEO, 1)]
        assert [each["buckets"] for each in told["files"]] == [counted, buckets(video=1)]
        assert (told["earliest"], told["latest"]) == ("2021-03-01T18:00:00.000Z", "2021-03-01T18:12:00.000Z")
        assert told["seconds"] > 0
        plays = (await spindle(stack, "plays", "Ada", "--all", "--json")).json
        assert [(play["track"], play["short"], play["platform"], play["skipped"]) for play in plays] == [
            ("Song 0", False, "ios", False),
            ("Song 1", False, "ios", False),
            ("Song 2", True, "ios", True),
            ("Song 4", False, "ios", False),
        ]


async def test_the_same_files_again_bring_nothing_new(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await listening(stack, *SERVICES)
        file = package(tmp_path / "first.zip", MIXED)
        loose = tmp_path / "unpacked" / "endsong_0.json"
        loose.parent.mkdir()
        loose.write_text(json.dumps([*MIXED, row(9)]))

        first = await spindle(stack, "import", "Ada", str(file), "--wait")
        again = await spindle(stack, "import", "Ada", str(loose.parent), "--wait")

        assert (first.code, again.code) == (0, 0)
        assert "The import for Ada is complete: 6 rows in" in first.out
        listed = (await spindle(stack, "imports", "Ada", "--json")).json
        await stack.until(lambda: offers(stack, [each["import"][-8:] for each in listed]))
        assert [each["buckets"] for each in listed] == [
            buckets(new=1, duplicate=5, podcast=1),
            buckets(new=3, short=1, podcast=1, duplicate=1),
        ]


async def test_a_dry_run_tells_what_would_be_and_changes_nothing(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        user = await listening(stack, *SERVICES)
        file = package(tmp_path / "my_spotify_data.zip", MIXED)

        said = await spindle(stack, "import", "Ada", str(file), "--dry-run", "--wait")

        assert said.code == 0
        assert "This was a dry run: nothing was changed." in said.out
        assert await stack.plays(user) == []
        (listed,) = (await spindle(stack, "imports", "--json")).json
        assert listed["dry_run"] is True
        assert listed["buckets"] == buckets(new=3, short=1, podcast=1, duplicate=1)
        refused = await spindle(stack, "undo", listed["import"][-8:])
        assert refused.code == 1
        assert "dry run" in refused.err


async def test_an_import_is_taken_back_and_can_be_repeated(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        user = await listening(stack, *SERVICES)
        file = str(package(tmp_path / "my_spotify_data.zip", MIXED))
        done = (await spindle(stack, "import", "Ada", file, "--wait", "--json")).json

        undone = await spindle(stack, "undo", done["import"][-8:], "--json")

        assert undone.code == 0, undone.err
        assert {name: undone.json[name] for name in ("import", "user", "name", "removed")} == {
            "import": done["import"],
            "user": user,
            "name": "Ada",
            "removed": 4,
        }
        assert await stack.plays(user) == []
        assert "undone" in (await spindle(stack, "imports")).out
        assert (await spindle(stack, "undo", done["import"])).code == 1
        again = (await spindle(stack, "import", "Ada", file, "--wait", "--json")).json
        assert again["buckets"] == done["buckets"]


async def test_of_one_song_skipped_again_and_again_within_a_minute_nothing_is_left(
    stacked: Stacked, tmp_path: Path
) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        user = await listening(stack, *SERVICES)
        file = tmp_path / "StreamingHistory0.json"
        file.write_text(json.dumps([account_row(1, played) for played in (1_000, 2_000, 3_000, 180_000)]))
        done = (await spindle(stack, "import", "Ada", str(file), "--wait", "--json")).json
        assert done["buckets"] == buckets(new=1, short=3)

        undone = await spindle(stack, "undo", done["import"], "--json")

        assert undone.json["removed"] == 4
        listener = await stack.listener(user)
        assert listener is not None
        assert listener.plays == 0


async def test_rows_that_cannot_be_read_are_listed_and_the_others_stored(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        user = await listening(stack, *SERVICES)
        rows = [row(0), row(1, ts="yesterday"), row(2), row(3, ms_played=-1)]
        file = package(tmp_path / "my_spotify_data.zip", rows)

        said = await spindle(stack, "import", "Ada", str(file), "--wait")

        assert said.code == 0
        assert "2 rows could not be read" in said.out
        (listed,) = (await spindle(stack, "imports", "--json")).json
        rejected = (await spindle(stack, "receipt", listed["import"][-8:], "--rejected", "--json")).json
        assert [(each["file"], each["position"]) for each in rejected] == [(AUDIO, 2), (AUDIO, 4)]
        assert all(each["reason"] for each in rejected)
        assert len(await stack.plays(user)) == 2


async def test_what_is_no_history_fails_with_the_reason(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await listening(stack, *SERVICES)
        file = tmp_path / "holidays.zip"
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("beach.jpg", b"no history")

        said = await spindle(stack, "import", "Ada", str(file), "--wait", "--json")

        assert said.code == 1
        assert said.json["status"] == "error"
        assert said.json["error"] == "holidays.zip: the ZIP holds no file of a listening history"


async def test_two_imports_of_one_listener_run_one_after_the_other(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        user = await listening(stack, *WITHOUT_WORKER)
        first = package(tmp_path / "first.zip", [row(0), row(1)])
        second = package(tmp_path / "second.zip", [row(1), row(2)])

        started = await spindle(stack, "import", "Ada", str(first))
        await stack.until(lambda: stack.jobs(user, Kind.ARCHIVE))
        waiting = await begin(stack, "import", "Ada", str(second), "--wait")
        await waiting.until("Another import for Ada is running")
        (listener,) = (await spindle(stack, "status", "--json")).json["users"]
        assert (listener["state"], listener["why"]) == ("importing", "importing: the files are being read")
        await stack.start("sync_worker")
        said = await waiting.end()

        assert (started.code, said.code) == (0, 0)
        assert "The import of 1 file for Ada has started." in started.out
        listed = (await spindle(stack, "imports", "--json")).json
        assert [each["buckets"] for each in listed] == [buckets(new=1, duplicate=1), buckets(new=2)]


async def test_whoever_stops_waiting_does_not_stop_the_import(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        user = await listening(stack, *WITHOUT_WORKER)
        file = package(tmp_path / "my_spotify_data.zip", MIXED)

        waiting = await at_terminal(stack, "import", "Ada", str(file))
        await waiting.until("Not running: sync_worker")
        await stack.until(lambda: stack.jobs(user, Kind.ARCHIVE))
        waiting.interrupt()
        said = await waiting.end()
        await stack.start("sync_worker")
        (done,) = await stack.finished(user, Kind.ARCHIVE)

        assert said.code == 130
        assert "The import goes on." in said.out
        assert done.status == "success"


async def test_a_cancelled_import_is_told_as_such(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        user = await listening(stack, *WITHOUT_WORKER)
        file = package(tmp_path / "my_spotify_data.zip", MIXED)

        waiting = await begin(stack, "import", "Ada", str(file), "--wait", "--json")
        (job,) = await stack.until(lambda: stack.jobs(user, Kind.ARCHIVE))
        cancelled = await spindle(stack, "cancel", job.job[-8:])
        said = await waiting.end()

        assert cancelled.code == 0
        assert said.code == 1
        assert said.json["status"] == "cancelled"


async def test_whoever_waits_for_the_import_of_a_listener_who_is_removed_is_told_so(
    stacked: Stacked, tmp_path: Path
) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        user = await listening(stack, *WITHOUT_WORKER)
        file = package(tmp_path / "my_spotify_data.zip", MIXED)

        waiting = await begin(stack, "import", "Ada", str(file), "--wait", "--json")
        await stack.until(lambda: stack.jobs(user, Kind.ARCHIVE))
        removed = await spindle(stack, "users", "remove", "Ada", "--yes")
        said = await waiting.end()

        assert removed.code == 0
        assert (said.code, said.out) == (1, "")
        assert "Ada was removed meanwhile, with everything that was recorded" in said.err


async def test_a_person_at_a_terminal_sees_a_bar_and_then_the_receipt(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await listening(stack, *SERVICES)
        file = package(tmp_path / "my_spotify_data.zip", [row(number) for number in range(12_000)])

        said = await (await at_terminal(stack, "import", "Ada", str(file))).end()

        assert said.code == 0
        assert "uploading" in said.out
        assert "of 12,000 rows" in said.out
        assert "The import for Ada is complete: 12,000 rows in" in said.out


async def test_a_listener_whose_imports_are_paused_is_told_so_before_anything_is_sent(
    stacked: Stacked, tmp_path: Path
) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await listening(stack, *WITHOUT_WORKER)
        assert (await spindle(stack, "pause", "Ada", "archive")).code == 0

        said = await spindle(stack, "import", "Ada", str(package(tmp_path / "my_spotify_data.zip", MIXED)))

        assert said.code == 1
        assert "importing is paused for Ada" in said.err
        assert (await spindle(stack, "imports", "--json")).json == []


async def test_an_upload_that_nats_has_no_room_for_is_told_so_and_leaves_nothing(
    stacked: Stacked, tmp_path: Path
) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await listening(stack, "recorder")
        kept = (await stack.js.stream_info("OBJ_uploads")).config
        await stack.js.update_stream(kept.evolve(max_bytes=1_000_000))
        file = package(tmp_path / "my_spotify_data.zip", MIXED)
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("noise", os.urandom(3_000_000))

        said = await spindle(stack, "import", "Ada", str(file))

        assert said.code == 1
        assert said.err.startswith("spindle: NATS has no room for it: there are 512 MB")
        assert said.err.count("\n") == 1
        assert (await stack.js.stream_info("OBJ_uploads")).state.bytes == 0
