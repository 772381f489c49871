"""One home from the first start to the last process gone, as `up` uses it."""

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

import nats
import pytest

from spindle import embedded
from spindle.embedded import home as homes
from spindle.embedded.errors import AlreadyRunning, HomeNotWritable

OWNER = """
import asyncio, pathlib, sys
from spindle import embedded
async def up():
    await embedded.start(pathlib.Path(sys.argv[1]), print)
    print("up", flush=True)
    await asyncio.sleep(600)
asyncio.run(up())
"""


@pytest.fixture
def another_up(home):
    """A second process that has the home."""
    up = subprocess.Popen([sys.executable, "-c", OWNER, home], stdout=subprocess.PIPE, text=True)
    while (line := up.stdout.readline()) != "up\n":
        assert line, "it died"
    yield up
    up.kill()
    up.wait()
    up.stdout.close()


async def test_the_first_start_prepares_the_database_and_says_so(home, ask, patient):
    said = []

    servers = await embedded.start(home, said.append)

    assert said == ["Preparing the database (first run only) …"]
    assert await ask(servers.database_url, "SELECT current_database()") == "spindle"
    await servers.stop()


async def test_the_second_start_finds_everything_again_on_the_same_ports_and_says_nothing(home, ask, patient):
    servers = await embedded.start(home)
    first = (servers.nats_url, servers.database_url, servers.monitor_url)
    await ask(servers.database_url, "CREATE TABLE kept (it int)")
    await keep_message(servers.nats_url)
    await servers.stop()
    said = []

    servers = await embedded.start(home, said.append)

    assert said == []
    assert (servers.nats_url, servers.database_url, servers.monitor_url) == first
    assert await ask(servers.database_url, "SELECT count(*) FROM kept") == 0
    assert await kept_messages(servers.nats_url) == 1
    await servers.stop()


async def test_stopping_leaves_nothing_running(home, processes_of):
    servers = await embedded.start(home)
    assert len(processes_of(home)) >= 2

    await servers.stop()

    assert processes_of(home) == set()
    assert embedded.find(home) is None


async def test_a_start_that_is_cancelled_leaves_nothing_running(home, processes_of):
    await (await embedded.start(home)).stop()
    starting = asyncio.create_task(embedded.start(home))
    async with asyncio.timeout(60):
        await until(lambda: processes_of(home))

    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting

    assert processes_of(home) == set()
    await (await embedded.start(home)).stop()


async def test_servers_of_a_killed_up_are_adopted_and_stopped(home, another_up, processes_of, patient):
    another_up.send_signal(signal.SIGKILL)
    another_up.wait()
    left_behind = processes_of(home)
    assert embedded.find(home) is None

    servers = await embedded.start(home)

    assert {server.pid for server in servers.embedded} <= left_behind
    assert await kept_messages(servers.nats_url) is None
    await servers.stop()
    assert processes_of(home) == set()


async def test_a_second_up_on_one_home_is_refused_by_name(home, another_up):
    with pytest.raises(AlreadyRunning, match=f"process {another_up.pid}"):
        await embedded.start(home)

    another_up.kill()
    another_up.wait()
    await (await embedded.start(home)).stop()


async def test_another_terminal_finds_what_is_running(home, another_up, ask):
    instance = embedded.find(home)

    assert instance.pid == another_up.pid
    assert await ask(instance.database_url, "SELECT 1") == 1
    assert await kept_messages(instance.nats_url) is None


async def test_nothing_is_found_where_nothing_ever_ran(home):
    assert embedded.find(home) is None


async def test_ctrl_c_does_not_reach_the_servers(home):
    servers = await embedded.start(home)

    assert all(os.getsid(server.pid) != os.getsid(0) for server in servers.embedded)
    await servers.stop()


async def test_passwords_are_in_private_files_and_on_no_command_line(home, commands):
    servers = await embedded.start(home)
    passwords = [(home / server / "password").read_text().strip() for server in ("nats", "postgres")]

    private = ["instance.json", "lock", "nats/password", "nats/nats.conf", "postgres/password"]
    assert {oct((home / file).stat().st_mode & 0o777) for file in private} == {"0o600"}
    assert not [command for command in commands() for password in passwords if password in command]
    logs = (home / "nats" / "nats.log").read_text() + (home / "postgres" / "postgres.log").read_text()
    assert not [password for password in passwords if password in logs]
    await servers.stop()


async def test_nobody_outside_the_machine_can_connect(home):
    servers = await embedded.start(home)

    for server in servers.embedded:
        with socket.create_connection(("127.0.0.1", server.port), timeout=1):
            pass
        with pytest.raises(ConnectionRefusedError):  # also ours, but not the one they may listen on
            socket.create_connection(("127.0.0.2", server.port), timeout=1)
    await servers.stop()


async def test_servers_of_yours_are_used_and_none_is_started(home, processes_of):
    servers = await embedded.start(home, nats_url="nats://mine", database_url="postgresql+asyncpg://mine")

    assert processes_of(home) == set()
    assert embedded.find(home).nats_url == "nats://mine"
    await servers.stop()


async def test_a_killed_server_is_brought_back_on_its_port(home, ask):
    servers = await embedded.start(home)
    said = []
    watching = asyncio.create_task(servers.watch(said.append))

    for server in servers.embedded:
        server.kill()
    async with asyncio.timeout(60):
        await until(lambda: len(said) == 4)

    assert {"nats-server is back.", "PostgreSQL is back."} < set(said)
    assert await ask(servers.database_url, "SELECT 1") == 1
    assert await kept_messages(servers.nats_url) is None
    watching.cancel()
    await servers.stop()


async def test_a_home_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(HomeNotWritable, match="SPINDLE_HOME"):
        await embedded.start(tmp_path / "file" / "home")


async def test_looking_for_an_instance_never_stands_in_the_way_of_a_start(home):
    await (await embedded.start(home, nats_url="nats://mine", database_url="postgresql://mine")).stop()
    looking = True

    async def look():
        while looking:
            embedded.find(home)
            await asyncio.sleep(0)

    looker = asyncio.create_task(look())
    for _ in range(50):
        (await homes.claim(home)).release()
    looking = False
    await looker


async def until(condition):
    for _ in itertools.count():
        if condition():
            return
        await asyncio.sleep(0.001)


async def keep_message(url):
    connection = await nats.connect(url)
    stream = connection.jetstream()
    await stream.add_stream(name="KEPT", subjects=["kept"])
    await stream.publish("kept", b"")
    await connection.close()


async def kept_messages(url):
    connection = await nats.connect(url)
    try:
        return (await connection.jetstream().stream_info("KEPT")).state.messages
    except nats.js.errors.NotFoundError:
        return None
    finally:
        await connection.close()
