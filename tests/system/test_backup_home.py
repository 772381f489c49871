"""Backup and restore of a home at rest: servers are started for the while."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filled import Servers

from spindle import embedded
from spindle.cli import finding
from spindle.cli.backups.restoring import restore
from spindle.cli.backups.saving import backup
from spindle.recorder.store.migrate import migrate
from spindle.shared.spotify.keys import read

SLOWLY = """
    CREATE FUNCTION slowly() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(9); END $$;
    CREATE EVENT TRIGGER slowly ON login EXECUTE FUNCTION slowly();
"""
"""A database whose backup is not over before its signal comes."""


async def test_a_home_gets_the_key_and_keeps_its_own(tmp_path: Path) -> None:
    home, other, file = tmp_path / "home", tmp_path / "other", tmp_path / "backup"
    running = await embedded.start(home)
    await migrate(running.database_url)
    await running.stop()
    key = finding.key_file(home, make=True).read_text()
    await backup(home, str(file), with_key=True, as_json=False)
    other.mkdir()
    own = finding.key_file(other, make=True).read_text()
    [its_own] = read(other / "secret.key")

    await restore(other, str(file), replace=False, as_json=False)

    assert finding.key_file(other).read_text() == key
    assert (other / f"secret.key.{its_own.id}").read_text() == own


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_the_servers_too(tmp_path: Path, how: signal.Signals) -> None:
    home, file = tmp_path / "home", tmp_path / "backup"
    running = await embedded.start(home)
    await migrate(running.database_url)
    await Servers(home, "", running.database_url.replace("+asyncpg", "")).execute(SLOWLY)
    await running.stop()
    words = [sys.executable, "-m", "spindle.cli", "--home", home, "backup", file]
    with subprocess.Popen(words, stderr=subprocess.PIPE, env=os.environ, text=True) as saving:
        while not (home / "instance.json").exists():
            assert saving.poll() is None
            await asyncio.sleep(0.005)

        saving.send_signal(how)
        told = saving.communicate(timeout=60)[1]

    assert told == f"spindle: stopped by {how.name}\n"
    assert [one.name for one in tmp_path.iterdir()] == ["home"]
    assert not (home / "postgres/data/postmaster.pid").exists()
    assert not (home / "instance.json").exists()
