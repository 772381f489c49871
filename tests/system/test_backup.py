"""A backup carries everything to other servers; a restore happens wholly or says that it has not."""

import asyncio
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from filled import FILL, USER, Servers

from spindle import embedded
from spindle.cli.backups.format import Writer
from spindle.cli.backups.restoring import restore
from spindle.cli.backups.saving import backup, database_alone
from spindle.cli.backups.verifying import verified
from spindle.embedded import binaries, nats
from spindle.embedded.errors import WrongMajor
from spindle.people.errors import Problem
from spindle.recorder.errors import SchemaTooNew
from spindle.recorder.store.engine import opened, transaction
from spindle.recorder.store.migrate import configuration, migrate
from spindle.shared.bus.connection import connect

OLDER = Path("/usr/lib/postgresql/15/bin")


async def test_what_was_saved_is_there_again_on_empty_servers(
    servers: Servers, tmp_path: Path, database_url: str
) -> None:
    file = tmp_path / "backup"
    before = await servers.rows()
    await backup(servers.home, str(file), with_key=False, as_json=False)
    await servers.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    fresh = await nats.start(tmp_path / "other")
    os.environ["SPINDLE_NATS_URL"] = fresh.url

    await restore(servers.home, str(file), replace=False, as_json=False)

    assert await servers.rows() == before
    client = await connect(fresh.url, "test")
    js = client.jetstream()
    assert (await (await js.key_value("tokens")).get(USER)).value == bytes(range(256))
    assert (await (await js.key_value("pauses")).get(USER)).value == b'{"what": ["poll"], "sequence": 41}'
    assert (await js.stream_info("KV_tokens")).state.messages == 1
    assert (await js.get_msg("facts", seq=1)).data == b"\xff waits"
    assert (await js.publish("control.resume", b"{}")).seq > 41  # or it would be taken for an older one
    await client.close()
    fresh.kill()
    assert (file.stat().st_mode & 0o777) == 0o600
    with file.open("rb") as saved:
        assert verified(saved).key == "01020304"  # the one that the token says, whichever is here


async def test_a_backup_of_older_tables_becomes_what_migrating_them_would(
    servers: Servers, tmp_path: Path, database_url: str
) -> None:
    """Of those from before anybody knew of consents."""
    file = tmp_path / "backup"
    await step_back(database_url, "0002")
    await migrate(database_url)
    migrated = await servers.rows()
    await step_back(database_url, "0002")
    await backup(servers.home, str(file), with_key=False, as_json=False)

    await restore(servers.home, str(file), replace=True, as_json=False)

    assert await servers.rows() == migrated
    with file.open("rb") as saved:
        assert verified(saved).schema_revision == "0002"


async def step_back(database_url: str, revision: str) -> None:
    async with opened(database_url) as database, transaction(database) as connection:
        await connection.run_sync(lambda tables: command.downgrade(configuration(tables), revision))


async def test_what_is_in_the_way_goes_only_when_that_is_said(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "backup")
    await backup(servers.home, file, with_key=True, as_json=False)
    saved = await servers.rows()
    await servers.execute("DELETE FROM plays WHERE played_at > '2026-01-01 12:00'")

    with pytest.raises(Problem, match=r"there are 1 listener with \d+ plays here, which would be lost: say --replace"):
        await restore(servers.home, file, replace=False, as_json=False)
    unchanged = await servers.rows()
    await restore(servers.home, file, replace=True, as_json=False)

    assert unchanged != saved
    assert await servers.rows() == saved
    assert "The old Spindle must not run again" in capsys.readouterr().out


async def test_a_full_disk_is_not_blamed_on_the_database(servers: Servers) -> None:
    words = [sys.executable, "-m", "spindle.cli", "--home", servers.home, "backup", "-"]
    full = os.open("/dev/full", os.O_WRONLY)
    told = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, env=os.environ, text=True, check=False)
    os.close(full)

    assert told.stderr == "spindle: the backup cannot be written to its end: No space left on device\n"
    assert told.returncode == 1


async def test_a_backup_of_the_database_alone_leaves_the_tokens_alone(servers: Servers, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    manifest = await database_alone(servers.database_url, file)

    await restore(servers.home, str(file), replace=True, as_json=False)

    assert await servers.token() == bytes(range(256))
    assert manifest.with_bus is False


async def test_a_backup_of_newer_tables_is_refused_before_anything_is_changed(servers: Servers, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    manifest = await database_alone(servers.database_url, file)
    out = io.BytesIO()
    Writer(out, manifest.created_at).finish(manifest.model_copy(update={"schema_revision": "9999"}))
    file.write_bytes(out.getvalue())
    before = await servers.rows()

    with pytest.raises(SchemaTooNew, match=r"The backup \(schema 9999\) is of a newer Spindle"):
        await restore(servers.home, str(file), replace=True, as_json=False)

    assert verified(io.BytesIO(out.getvalue())).schema_revision == "9999"
    assert await servers.rows() == before


async def test_services_at_work_are_to_be_stopped_first(servers: Servers, tmp_path: Path) -> None:
    file = str(tmp_path / "backup")
    await backup(servers.home, file, with_key=False, as_json=False)
    with subprocess.Popen([sys.executable, "-m", "spindle.cli", "run", "scheduler"], env=os.environ) as scheduler:
        try:
            with pytest.raises(Problem, match=r"at work on these servers \(scheduler\): stop them first"):
                await until_refused(servers.home, file)
        finally:
            scheduler.kill()


async def until_refused(home: Path, file: str) -> None:
    async with asyncio.timeout(90):
        while True:
            await restore(home, file, replace=True, as_json=False)


@pytest.mark.skipif(not OLDER.exists(), reason="there is no older PostgreSQL on this machine")
async def test_a_backup_leads_from_one_postgresql_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, other, file = tmp_path / "home", tmp_path / "other", str(tmp_path / "backup")
    monkeypatch.setenv("SPINDLE_PG_BINDIR", str(OLDER))
    running = await embedded.start(home)
    await migrate(running.database_url)
    await Servers(home, "", running.database_url.replace("+asyncpg", "")).execute(FILL)
    before = await Servers(home, "", running.database_url.replace("+asyncpg", "")).rows()
    await running.stop()

    await backup(home, file, with_key=False, as_json=False)
    monkeypatch.delenv("SPINDLE_PG_BINDIR")
    monkeypatch.setenv("SPINDLE_PG_BINDIR", str(binaries.postgres(other).directory))  # and nothing else is found
    with pytest.raises(WrongMajor, match=r"belongs to PostgreSQL 15, .* `spindle backup FILE` .* bring it across"):
        await embedded.start(home)
    await restore(other, file, replace=False, as_json=False)

    running = await embedded.start(other)
    assert await Servers(other, "", running.database_url.replace("+asyncpg", "")).rows() == before
    await running.stop()
