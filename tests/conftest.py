"""The servers that tests run on: embedded ones, or with --containers those of the compose file in Docker."""

import asyncio
import os
import re
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from spindle.embedded import nats, ports, postgres
from spindle.embedded.nats_configuration import Cluster
from spindle.shared.bus.connection import connect
from spindle.shared.catalogue import users
from spindle.shared.catalogue.permissions import OWNER, USERS

# A machine that is busy with other tests is slow for reasons that say nothing of the code.
settings.register_profile("spindle", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("spindle")

NATS, POSTGRES = "nats:2.15-alpine", "postgres:17-alpine"
DOCKER = Path(__file__).parents[1] / "docker"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--containers",
        action="store_true",
        help=f"run on {NATS} and {POSTGRES} in Docker, except for tests that kill or configure a server themselves",
    )
    parser.addoption(
        "--users",
        action="store_true",
        help="on embedded servers, let every service be a user of NATS with its own permissions, as in containers",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first. Of several processes one that has nothing left to do takes over what stands last with
    another, and waits for nobody when that is short."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_configure(config: pytest.Config) -> None:
    _keep_apart()
    _let_signals_through()
    if config.getoption("--containers"):
        _find_docker()


def _keep_apart() -> None:
    """Each of several processes chooses ports of its own: a server that was killed finds its port free again."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = (ports.LAST - ports.FIRST) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    ports.FIRST += number * share
    ports.LAST = ports.FIRST + share


def _let_signals_through() -> None:
    """What a shell ignores for a process in the background, or `nohup` for any, the processes of tests must hear."""
    for each in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(each) is signal.SIG_IGN:
            signal.signal(each, lambda *_: None)  # ignored as before, but not by those that are started


def _find_docker() -> None:
    import docker
    from testcontainers.core.config import testcontainers_config

    testcontainers_config.ryuk_disabled = True  # one more image, for what our fixtures do themselves
    try:
        docker.from_env(timeout=10).ping()
    except docker.errors.DockerException as error:
        line = str(error).splitlines()[0]
        raise pytest.UsageError(f"--containers needs a Docker engine, and none answers here: {line}") from error


@pytest.fixture(scope="session")
def contained(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--containers"))


# --- PostgreSQL --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_url(contained: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with an empty database `spindle`, whose user may make others. It survives nothing."""
    if contained:
        yield from _contained_postgres()
        return
    server = asyncio.run(postgres.start(tmp_path_factory.mktemp("postgres"), fsync=False))
    yield server.url
    asyncio.run(server.stop())


def _contained_postgres() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    server = PostgresContainer(POSTGRES, username="spindle", password=secrets.token_hex(8), dbname="spindle")
    with server.with_command("-c fsync=off") as running:
        yield running.get_connection_url(driver="asyncpg") + "?ssl=disable"


# --- NATS --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def nats_server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[nats.Nats]:
    """An embedded one, for a test that kills it."""
    if request.config.getoption("--users"):
        request.getfixturevalue("own_users")
    server = await nats.start(tmp_path / "nats")
    yield server
    server.kill()


@pytest.fixture
def own_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Embedded servers that start from now on have the users of the containers, all with the same password."""
    plain = nats.configuration

    def configuration(directory: Path, port: int, monitor: int, password: str, cluster: Cluster | None) -> str:
        theirs = users.configuration()
        for user in (OWNER, *USERS):
            theirs = theirs.replace(f"${users.variable(user)}", f'"{password}"')
        told = plain(directory, port, monitor, password, cluster)
        return re.sub(r"^authorization .*$", lambda _: theirs, told, flags=re.MULTILINE)

    monkeypatch.setattr(nats, "configuration", configuration)


@pytest.fixture
def nats_url(request: pytest.FixtureRequest, contained: bool) -> str:
    """A server with nothing on it; the one that the test kills, if it does."""
    if "nats_server" in request.fixturenames or not contained:
        server: nats.Nats = request.getfixturevalue("nats_server")
        return server.url
    url: str = request.getfixturevalue("emptied_nats")
    return url


@pytest.fixture
async def emptied_nats(contained_nats: str) -> str:
    bus = await connect(contained_nats, "test")
    js = bus.jetstream()
    for stream in await js.streams_info():
        await js.delete_stream(str(stream.config.name))
    await bus.close()
    return contained_nats


@pytest.fixture(scope="session")
def contained_nats() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    password = secrets.token_hex(8)
    server = (
        DockerContainer(NATS, command="nats-server -c /etc/nats/spindle/nats.conf")
        .with_envs(**{users.variable(user): f'"{password}"' for user in (OWNER, *USERS)})
        .with_volume_mapping(DOCKER, "/etc/nats/spindle")
        .with_exposed_ports(4222)
        .waiting_for(LogMessageWaitStrategy("Server is ready"))
    )
    with server as running:
        yield f"nats://spindle:{password}@{running.get_container_host_ip()}:{running.get_exposed_port(4222)}"
