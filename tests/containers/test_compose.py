"""The life of a deployment: first start, growth, crashes, restarts, and an end that is none."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from following import Follower

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_LEFT = "find / -xdev -name '.env*' -o -name 'secret.key*' -o -name .netrc -o -name pip.conf 2>/dev/null || true"
_SHOW_ALL = "for one in /run/secrets/*/*; do cat $one; echo; done"

_LINKED = 3  # of the demo's people; the others wait for a login
SERVICES = ("recorder", "scheduler", "poll_worker", "sync_worker", "gateway")


class Compose(Protocol):
    """What `conftest.Compose` offers."""

    def __call__(self, *words: str, typed: str = "") -> str: ...
    def docker(self, *words: str) -> str: ...
    def spindle(self, *words: str) -> Any: ...
    def counts(self) -> dict[str, int]: ...
    def simulator(self, path: str, **body: object) -> Any: ...
    def containers(self, service: str) -> list[str]: ...
    def ready(self, container: str) -> bool: ...
    def kill(self, container: str) -> None: ...
    def restarts(self, container: str) -> int: ...
    def until(self, look: Any, within: float = 90) -> Any: ...


def test_plays_are_recorded_once_whatever_is_killed_and_no_secret_is_told(compose: Compose) -> None:
    with told("first start"):
        compose("up", "-d", "--build", "--wait")
    with told("first plays"):
        compose.until(lambda: min(compose.counts().values()) >= 50)
    assert sorted(compose.counts()) == ["Nadia", "Tariq", "Ximena"]
    began = milliseconds(compose.simulator("clock")["now"])
    follower = Follower(compose("exec", "-T", "gateway", "cat", "/run/secrets/access/token").strip())
    follower.start()

    with told("three poll workers, two recorders"):
        compose("up", "-d", "--wait", "--scale", "poll_worker=3", "--scale", "recorder=2")
    assert (len(compose.containers("poll_worker")), len(compose.containers("recorder"))) == (3, 2)
    for service in (*SERVICES, "nats", "postgres"):
        crash(compose, service)
    for server in ("nats", "postgres"):
        with told(f"{server} restarted"):
            compose("restart", server)
            compose.until(lambda server=server: compose.ready(compose.containers(server)[0]))
            arriving(compose)

    ended = milliseconds(compose.simulator("clock", speed=0)["now"])
    stopped = datetime.now(UTC)
    compose.until(lambda: polled(compose, stopped), within=150)
    for person in compose.simulator("listeners")[:_LINKED]:
        compare(compose, person, began, ended)
    follower.end()
    heard_everything(follower)
    look_for_secrets(compose)
    denied = compose("logs", "--no-color", "nats")
    assert "Violation" not in denied, denied[-2000:]

    before = compose.counts()
    with told("down and up"):
        compose("down")
        compose("up", "-d", "--wait")
    after = compose.counts()
    assert after.keys() == before.keys()
    assert all(after[name] >= before[name] for name in before)


def crash(compose: Compose, service: str) -> None:
    """Every container of a service at once: each comes back by itself, and plays arrive again."""
    killed = {container: compose.restarts(container) for container in compose.containers(service)}
    with told(f"{len(killed)} x {service} killed"):
        for container in killed:
            compose.kill(container)
        for container, restarts in killed.items():
            compose.until(lambda it=container, so_far=restarts: compose.restarts(it) > so_far and compose.ready(it))
        arriving(compose)


def polled(compose: Compose, since: datetime) -> bool:
    """Everybody: a step whose worker or server was killed is done a minute later."""
    polls = (job for job in compose.spindle("jobs", "--limit", "200") if job["kind"] == "poll")
    done = {job["name"] for job in polls if job["status"] == "success" and at(job["started_at"]) > since}
    return done >= set(compose.counts())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def arriving(compose: Compose) -> None:
    before = sum(compose.until(compose.counts).values())
    compose.until(lambda: sum(compose.counts().values()) > before)


def compare(compose: Compose, person: dict[str, Any], began: int, ended: int) -> None:
    """What was to be seen of a listener is in the table, once; and nothing else is."""
    name = person["display_name"].split()[0]
    truth = compose.simulator(f"truth/{person['id']}")["plays"]
    recorded = Counter(milliseconds(play["played_at"]) for play in compose.spindle("plays", name, "--all"))

    to_be_seen = {
        row["played_at"]
        for row in truth
        if row["shown"] and row["visible_at"] <= ended and (row["reachable_until"] or ended) > began
    }
    assert to_be_seen
    lost = to_be_seen - recorded.keys()
    invented = recorded.keys() - {row["played_at"] for row in truth}
    doubled = {at for at, times in recorded.items() if times > 1}
    print(
        f"{name}: {len(to_be_seen)} to be seen, {recorded.total()} recorded, {len(lost)} lost, {len(doubled)} doubled"
    )
    assert (lost, invented, doubled) == (set(), set(), set())


def heard_everything(follower: Follower) -> None:
    """Nobody was removed meanwhile, so the numbers of the stream leave none out."""
    first, last = follower.numbers[0], follower.numbers[-1]
    print(f"{len(follower.numbers)} events heard over HTTP, cut off {follower.cut_off} times")
    assert follower.numbers == list(range(first, last + 1))
    assert "PlaysRecorded" in follower.names
    assert follower.cut_off >= 2


def look_for_secrets(compose: Compose) -> None:
    """In what anybody at the host may look at: the logs, the containers as Docker describes them, the processes."""
    kept = compose("run", "--rm", "-T", "--no-deps", "--entrypoint", "sh", "secrets", "-c", _SHOW_ALL)
    secrets = re.findall(r"^[0-9a-f]{64}$", kept, re.MULTILINE)
    assert len(set(secrets)) == 10
    tokens = [person["refresh_token"] for person in compose.simulator("listeners")]
    containers = compose("ps", "-aq").split()
    places = {
        "logs": compose("logs", "--no-color"),
        "docker inspect": compose.docker("inspect", *containers),
        "the image": compose.docker("history", "--no-trunc", "spindle"),
        "docker compose config": compose("config"),
        "processes": compose("top"),
    }
    assert compose("run", "--rm", "-T", "--no-deps", "--entrypoint", "sh", "spindle", "-c", _LEFT) == ""
    for place, text in places.items():
        print(f"{place}: {len(text.splitlines())} lines")
        assert len(text) > 100
        assert [secret for secret in (*secrets, *tokens) if secret in text] == [], place
        assert re.findall(r"\b[AB]Q[\w-]{60,}", text) == [], place


def milliseconds(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1000)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Seen with `-s`."""
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.1f} s")
