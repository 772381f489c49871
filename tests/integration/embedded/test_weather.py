"""Bad weather: full disks, hanging servers, strangers on our ports, and what a killed `up` left behind."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import nats as client
import pytest
from nats.errors import Error
from small import mounted, unmounted

from spindle import embedded
from spindle.embedded import disk, keeping, nats, postgres, probing
from spindle.embedded.errors import DiskFull, HomeNotWritable
from spindle.embedded.nats_configuration import storage_limit

SmallDisk = Callable[..., Path]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Mounts a file system of its own; called again, it changes its size."""
    place = tmp_path / "disk"
    yield partial(mounted, place)
    unmounted(place)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LOOK", 0.1)
    monkeypatch.setattr(keeping, "UNWELL", 1.0)
    monkeypatch.setattr(keeping, "PAUSES", (0.0, 0.3))
    monkeypatch.setattr(probing, "ANSWERS_WITHIN", 0.3)


@contextlib.asynccontextmanager
async def kept(server: keeping.Server):
    """The server watched, and what is reported of it."""
    said: list[str] = []
    watching = asyncio.create_task(keeping.keep(server, said.append))
    yield said
    watching.cancel()
    await asyncio.wait({watching})
    await server.stop()


async def well(server: keeping.Server) -> None:
    async with asyncio.timeout(60):
        while not await server.healthy():
            await asyncio.sleep(0.02)


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


@contextlib.contextmanager
def no_more_files() -> Iterator[None]:
    """This process can open none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_small_disk_is_refused_before_anything_is_made_on_it(small_disk: SmallDisk) -> None:
    home = small_disk("200m")

    with pytest.raises(DiskFull, match=r"has (19\d|200) MB left, and 1.5 GB are needed: make room"):
        await embedded.start(home)

    assert [file.name for file in home.iterdir()] == ["lock"]


async def test_a_home_that_is_mounted_for_reading_is_one_clear_line(small_disk: SmallDisk) -> None:
    home = small_disk("2g", "ro")

    with pytest.raises(HomeNotWritable, match=r"lock: Read-only file system\): make it writable"):
        await embedded.start(home)


async def test_a_directory_inside_that_is_no_directory_is_named(home: Path) -> None:
    home.mkdir()
    (home / "nats").touch()

    with pytest.raises(HomeNotWritable, match=rf"\({home}/nats: File exists\)"):
        await embedded.start(home)


async def test_running_out_of_disk_is_said_once_and_so_is_its_end(small_disk: SmallDisk, monkeypatch) -> None:
    home = small_disk("1g")
    monkeypatch.setattr(disk, "_LOOK", 0.02)
    said: list[str] = []
    watching = asyncio.create_task(disk.watch(home, said.append))
    await asyncio.sleep(0.2)
    assert said == []

    small_disk("100m")
    await until(lambda: len(said) == 1)
    small_disk("1g")
    await until(lambda: len(said) == 2)
    await asyncio.sleep(0.2)

    assert said == [
        f"The disk of {home} has only 100 MB left: make room, or recording will stop.",
        f"The disk of {home} has room again: 1.0 GB.",
    ]
    watching.cancel()


def test_jetstream_gets_half_of_the_disk_it_is_on(small_disk: SmallDisk) -> None:
    assert abs(storage_limit(small_disk("3g")) - 3 * 2**29) < 2**20


async def test_a_server_that_is_wedged_by_a_full_disk_is_brought_back_when_there_is_room(
    small_disk: SmallDisk, impatient: None
) -> None:
    server = await nats.start(small_disk("16m"))
    connection = await client.connect(server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    stream = connection.jetstream(timeout=5)  # where there is no room, nothing is answered
    await stream.add_stream(name="S", subjects=["s"])
    with pytest.raises(Error):
        await fill(stream)
    small_disk("64m")
    with pytest.raises(Error):  # room alone does not help
        await stream.publish("s", b"")
    assert not await server.healthy()

    async with kept(server) as said:
        await until(lambda: "nats-server is back." in said)
        await until_published(stream)

    assert said[:2] == ["nats-server is not well: starting it again …", "nats-server is back."]
    await connection.close()


@pytest.mark.parametrize("kind", [nats, postgres])
async def test_a_server_that_hangs_is_brought_back(tmp_path: Path, kind, impatient: None) -> None:
    server = await kind.start(tmp_path)
    first = server.pid

    async with kept(server) as said:
        os.kill(first, signal.SIGSTOP)
        await until(lambda: len(said) >= 2)

        assert server.pid != first
        await well(server)
        assert said[:2] == [f"{server.name} is not well: starting it again …", f"{server.name} is back."]


@pytest.mark.parametrize("kind", [nats, postgres])
@pytest.mark.parametrize("adopted", [False, True])
async def test_files_that_we_ran_out_of_are_no_illness_of_a_server(
    tmp_path: Path, kind, adopted: bool, impatient: None, patient: None, monkeypatch
) -> None:
    monkeypatch.setattr(keeping, "UNWELL", 5.0)  # nor is a moment in which a server stands still
    server = await kind.start(tmp_path)
    first = server.pid
    if adopted:
        server = await kind.start(tmp_path)

    async with kept(server) as said:
        with no_more_files():
            await asyncio.sleep(6)
        await asyncio.sleep(0.3)

        assert said == []
        assert server.pid == first
        server.kill()
        await until(lambda: len(said) >= 2)


@pytest.mark.parametrize("kind", [nats, postgres])
async def test_a_server_that_a_killed_up_left_hanging_is_not_adopted(
    tmp_path: Path, kind, impatient: None, monkeypatch
) -> None:
    monkeypatch.setattr(kind, "ADOPTED_WITHIN", 1.0)
    left = await kind.start(tmp_path)
    os.kill(left.pid, signal.SIGSTOP)

    server = await kind.start(tmp_path)

    assert server.pid != left.pid
    await well(server)
    await server.stop()


async def test_a_running_server_with_an_older_configuration_is_started_again(tmp_path: Path) -> None:
    bus, database = await nats.start(tmp_path / "n"), await postgres.start(tmp_path / "p", fsync=False)
    configured = tmp_path / "n" / "nats.conf"
    configured.write_text(configured.read_text().replace("sync_interval: always", "sync_interval: '2m'"))

    now = await nats.start(tmp_path / "n"), await postgres.start(tmp_path / "p", fsync=True)

    assert now[0].pid != bus.pid
    assert "sync_interval: always" in configured.read_text()
    assert now[1].pid != database.pid
    assert now[1].url == database.url
    for server in now:
        await server.stop()


@pytest.mark.parametrize("kind", [nats, postgres])
async def test_a_port_that_a_stranger_took_while_the_server_was_down_is_said_once(
    tmp_path: Path, kind, impatient: None
) -> None:
    server = await kind.start(tmp_path)
    server.kill()
    with socket.create_server(("127.0.0.1", server.port)):
        async with kept(server) as said:
            await until(lambda: len(said) >= 2)
            await asyncio.sleep(1)

    assert said[1:] == [
        f"Port {server.port}, which {server.name} needs, was taken by another program:"
        " stop that one, or restart Spindle."
    ]


async def fill(stream: client.js.JetStreamContext) -> None:
    for _ in range(1000):
        await stream.publish("s", b"x" * 100_000)


async def until_published(stream: client.js.JetStreamContext) -> None:
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(Error):
                await stream.publish("s", b"")
                return
            await asyncio.sleep(0.1)
