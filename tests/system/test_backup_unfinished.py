"""A restore that does not end well: what it leaves, and what it says."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from filled import Servers

from spindle.cli.backups.restoring import restore
from spindle.cli.backups.saving import backup
from spindle.cli.doctor.looks.servers import database_condition
from spindle.recorder.errors import RecorderError, RestoreRunning, RestoreUnfinished
from spindle.recorder.store.migrate import RESTORING, standing
from spindle.recorder.store.restoring import alone

AT_THE_COMMIT = f"""
    CREATE FUNCTION refused() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM pg_event_trigger_dropped_objects() WHERE object_name = '{RESTORING}') THEN
            RAISE 'not now';
        END IF;
    END $$;
    CREATE EVENT TRIGGER refused ON sql_drop EXECUTE FUNCTION refused();
"""
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def test_a_restore_that_was_killed_leaves_the_old_tables_and_a_word(servers: Servers, tmp_path: Path) -> None:
    file = str(tmp_path / "backup")
    await backup(servers.home, file, with_key=False, as_json=False)
    before = await servers.rows()
    blocking = await asyncpg.connect(servers.database_url.replace("?ssl=disable", ""), ssl=False)
    hold = blocking.transaction()
    await hold.start()
    await blocking.execute("LOCK TABLE users IN ACCESS SHARE MODE")
    words = [sys.executable, "-m", "spindle.cli", "--home", servers.home, "restore", file, "--replace"]
    with subprocess.Popen(words, env=os.environ) as restoring:
        while not await blocking.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert restoring.poll() is None
            await asyncio.sleep(0.05)

        restoring.send_signal(signal.SIGKILL)
    await hold.rollback()
    while await blocking.fetchval(OTHERS):  # sessions of the dead, of which one may still hold its lock
        await asyncio.sleep(0.05)
    await blocking.close()

    assert await servers.rows() == before
    with pytest.raises(RestoreUnfinished, match="run `spindle restore FILE` again"):
        await standing(servers.database_url)
    await backup(servers.home, f"{file} of the old tables", with_key=False, as_json=False)
    assert (await database_condition(servers.database_url)).unfinished
    await restore(servers.home, file, replace=True, as_json=False)
    assert not (await database_condition(servers.database_url)).unfinished
    assert (await standing(servers.database_url)).older is False
    assert await servers.rows() == before


async def test_a_restore_that_fails_before_it_takes_anything_away_leaves_no_trace(
    servers: Servers, tmp_path: Path
) -> None:
    file = str(tmp_path / "backup")
    await backup(servers.home, file, with_key=False, as_json=False)
    await servers.execute("CREATE VIEW mine AS SELECT * FROM users")  # for which the tables cannot be replaced
    before = await servers.rows()

    with pytest.raises(RecorderError):
        await restore(servers.home, file, replace=True, as_json=False)

    assert await servers.rows() == before
    assert await servers.token() == bytes(range(256))
    assert (await standing(servers.database_url)).older is False


async def test_a_restore_that_fails_late_says_that_it_is_not_finished(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "backup")
    await backup(servers.home, file, with_key=False, as_json=False)
    before = await servers.rows()
    await servers.execute(AT_THE_COMMIT)

    with pytest.raises(RecorderError, match="not now"):
        await restore(servers.home, file, replace=True, as_json=False)

    assert "The restore is not finished: run `" in capsys.readouterr().err
    assert await servers.rows() == before
    with pytest.raises(RestoreUnfinished):
        await standing(servers.database_url)


async def test_two_restores_do_not_meet(servers: Servers, tmp_path: Path) -> None:
    file = str(tmp_path / "backup")
    await backup(servers.home, file, with_key=False, as_json=False)

    async with alone(servers.database_url):
        with pytest.raises(RestoreRunning, match="Another restore into this database is running"):
            await restore(servers.home, file, replace=True, as_json=False)

    assert await servers.token() == bytes(range(256))
    assert (await standing(servers.database_url)).older is False
