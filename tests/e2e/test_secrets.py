"""A whole run with failures of every kind, and then a search of everything that it wrote: no secret is anywhere."""

import asyncio
import base64
import gzip
import io
import json
import os
import secrets
import signal
import stat
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from agreeing import Person
from pydantic import SecretStr
from spilt import Secrets, Watched
from terminal import PATIENCE, SPINDLE, Terminal, until
from troubles import FATAL, FAULTS, RENEWAL, spotify

from spindle import embedded
from spindle.cli import finding
from spindle.cli.running import door
from spindle.people import asking
from spindle.people.linking import linking
from spindle.shared.bus.publish import publish
from spindle.shared.messages.control import Trigger
from spindle.shared.spotify.keys import Key, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CLIENT, CLIENT_SECRET = "secrets-test", secrets.token_hex(20)
WRONG_SECRET, WRONG_TOKEN = secrets.token_hex(20), "AQ" + secrets.token_urlsafe(80)
IN_EXPORT = "AQ" + secrets.token_urlsafe(60)
ACCESS_SECONDS = 6.0
SOUND, FAILING = 3, 10
"""Listeners: one for the command line, one who is revoked, one for whom all goes well; and those who fail."""

KEPT = {
    "nats/password": {"password of NATS"},
    "nats/nats.conf": {"password of NATS"},
    "postgres/password": {"password of PostgreSQL"},
}
"""The files that hold a secret because that is what they are for; those of the keys are told by their names."""


@dataclass
class Run:
    """A terminal that keeps all that was said to it, and what is read out of the servers."""

    terminal: Terminal
    address: str
    said: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """Of logins."""

    def type(self, *words: str, typed: str = "", **more: str) -> int:
        done = self.terminal.run(*words, typed=typed, **more)
        self.said += [f"$ {' '.join(words)}", done.stdout, done.stderr]
        return done.returncode

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.address}/control/{path}", timeout=60).json()

    def post(self, path: str, /, **body: object) -> None:
        assert httpx.post(f"{self.address}/control/{path}", json=body, timeout=60).is_success

    def kill(self, program: str) -> None:
        """With a signal that nobody can catch."""
        for pid in self.terminal.processes():
            if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].endswith(program.encode()):
                os.kill(pid, signal.SIGKILL)


def test_no_secret_is_in_anything_that_a_run_wrote(terminal: Terminal, tmp_path: Path) -> None:
    with spotify(CLIENT, CLIENT_SECRET, SOUND + FAILING + len(FATAL), ACCESS_SECONDS) as address, Watched() as watched:
        run = Run(terminal, address)
        with _up(run):
            _link(run)
            with _followed(run):
                _fail(run)
                _kill(run)
                _ask(run, tmp_path)
            run.rows = asyncio.run(_rows(terminal.home))
            assert (
                _mode(terminal.home / "instance.json") == 0o600
            )  # both passwords, for other terminals, until it stops
        with _up(run, SPINDLE_SPOTIFY_CLIENT_SECRET=WRONG_SECRET):
            assert until(lambda: run.type("doctor", SPINDLE_SPOTIFY_CLIENT_SECRET=WRONG_SECRET), PATIENCE)
            run.type("trigger", "Al", "poll", "--now")
            assert until(lambda: _refused(run), PATIENCE)
        run.type("doctor")
        issued = run.get("tokens")

    keys = {file.name: read(file) for file in terminal.home.glob("secret.key*")}
    assert len(keys) == 2  # one in use, one put aside
    looked_for = _secrets(terminal.home, [*issued, *run.codes], [key for each in keys.values() for key in each])
    assert len(looked_for) > 100
    found = {(path.relative_to(terminal.home).as_posix(), name) for path, name in looked_for.under(terminal.home)}
    kept = KEPT | {file: {f"key {key.id}" for key in held} for file, held in keys.items()}
    assert found == {(file, name) for file, names in kept.items() for name in names}
    assert {_mode(terminal.home / file) for file in kept} == {0o600}
    texts = {
        "what was said": "\n".join([*run.said, terminal.said.read_text()]).encode(),
        "rows": "\n".join(run.rows).encode(),
        "command lines": b"\n".join(watched.seen),
        "backup": (tmp_path / "backup").read_bytes(),
    }
    assert {name: looked_for.within(text) for name, text in texts.items()} == {name: set() for name in texts}
    assert IN_EXPORT not in texts["what was said"].decode() + texts["rows"].decode()
    assert b" up --verbose" in texts["command lines"]  # we did look
    assert b"PlaysRecorded" in texts["what was said"]
    assert len(run.rows) > 1000


@pytest.mark.parametrize("spelt", ["plain", "cut off", "utf-16", "gzip", "zip in a tar.gz", "base64", "hex"])
def test_the_search_finds_what_is_planted(spelt: str, tmp_path: Path) -> None:
    token, key = "BQ" + secrets.token_urlsafe(60), secrets.token_bytes(32)
    looked_for = Secrets({"token": token, "key": key})
    plain = f'{{"event": "it failed", "headers": "Bearer {token}"}}\n'.encode()
    match spelt:
        case "plain":
            planted = [plain, b"\0\1" + key + b"\2"]
        case "cut off":
            planted = [plain[: plain.index(token.encode()) + 30]]
        case "utf-16":
            planted = [plain.decode().encode("utf-16-le"), b"\0" + plain.decode().encode("utf-16-be")]
        case "gzip":
            planted = [gzip.compress(plain)]
        case "zip in a tar.gz":
            planted = [_packed(plain)]
        case "base64":
            planted = [
                encode(before * b"x" + secret + b"yz")
                for encode in (base64.b64encode, base64.urlsafe_b64encode)
                for before in range(3)
                for secret in (token.encode(), key)
            ]
        case _:
            planted = [key.hex().encode(), key.hex().upper().encode(), token.encode().hex().encode()]
    for at, content in enumerate(planted):
        (tmp_path / f"{at:02}").write_bytes(b"before " + content if spelt == "plain" else content)

    assert [path.name for path, _ in sorted(looked_for.under(tmp_path))] == [f"{at:02}" for at in range(len(planted))]
    assert not looked_for.within(f"{'BQ' + secrets.token_urlsafe(60)} {secrets.token_hex(32)}".encode())


def test_a_secret_in_a_command_line_is_seen() -> None:
    token = "AQ" + secrets.token_urlsafe(60)

    looked_for = Secrets({"token": token})
    with (
        Watched() as watched,
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", token]) as spilling,
    ):
        assert until(lambda: looked_for.within(b"\n".join([*watched.seen])) == {"token"}, 60)
        spilling.kill()


# --- the run -----------------------------------------------------------------------------------------------------


@contextmanager
def _up(run: Run, **more: str) -> Iterator[None]:
    run.terminal.environment |= {
        "SPINDLE_SPOTIFY_API_URL": f"{run.address}/v1",
        "SPINDLE_SPOTIFY_ACCOUNTS_URL": run.address,
        "SPINDLE_SPOTIFY_CLIENT_ID": CLIENT,
        "SPINDLE_SPOTIFY_CLIENT_SECRET": CLIENT_SECRET,
        "SPINDLE_SPOTIFY_BUDGET": "100000",
        "SPINDLE_POLL_INTERVAL_SECONDS": "1",
    }
    kept, run.terminal.environment = run.terminal.environment, run.terminal.environment | more
    up = run.terminal.start("up", "--verbose")
    run.terminal.environment = kept
    try:
        assert until(lambda: run.terminal.run("users").returncode == 0, PATIENCE), run.terminal.said.read_text()
        yield
    finally:
        up.send_signal(signal.SIGINT)
        code = up.wait(100)  # renewals that are under way are not cut off
    assert code == 0


@contextmanager
def _followed(run: Run) -> Iterator[None]:
    """All events from the first to the last one."""
    with run.terminal.said.open("ab") as out:
        watching = subprocess.Popen(
            [*SPINDLE, "watch", "--json", "--since", "1h"], stdout=out, stderr=out, env=run.terminal.environment
        )
    try:
        yield
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait(60)


def _link(run: Run) -> None:
    """Two by the command line, after it was told what cannot work; the others as it does it."""
    people = run.get("listeners")
    first, second = people[0]["refresh_token"], people[1]["refresh_token"]
    assert run.type("users", "add", "Al", "--refresh-token-file", "-", typed=WRONG_TOKEN)
    assert run.type(
        *("users", "add", "Al", "--refresh-token-file", "-"), typed=first, SPINDLE_SPOTIFY_CLIENT_SECRET=WRONG_SECRET
    )
    assert run.type("users", "add", "Al", "--refresh-token-file", "-", typed=f"{WRONG_TOKEN} {WRONG_TOKEN}")
    assert run.type("users", "add", "Al", "--refresh-token-file", "-", "--json", typed=first) == 0
    assert run.type("users", "add", "al", "--refresh-token-file", "-", typed=second)
    asyncio.run(_linked(run, run.get("listeners")[1:]))
    asyncio.run(_log_in(run, people[0]["display_name"]))


async def _log_in(run: Run, who: str) -> None:
    """In a browser, with every code twice."""
    home = run.terminal.home
    own = {"base_url": finding.page(home), "headers": {"sec-fetch-site": "same-origin"}, "timeout": 60}
    async with httpx.AsyncClient(**own) as http:
        person = Person(http)
        await person.sign_in(door.access_token(home).get_secret_value())
        back = await person.agree(who)
        run.codes.append(httpx.URL(back).params["code"])
        run.said += [(await http.get(back)).text for _ in range(2)]
    assert "is linked again" in run.said[-2]
    assert "Used before" in run.said[-1]


async def _linked(run: Run, people: list[Any]) -> None:
    told = {"spotify_client_secret": SecretStr(CLIENT_SECRET), "spotify_api_url": f"{run.address}/v1"}
    home = run.terminal.home
    async with finding.bus(home) as bus, linking(bus, finding.spotify(home).model_copy(update=told)) as links:
        for one in people:
            await links.add(one["display_name"], SecretStr(one["refresh_token"]))


def _fail(run: Run) -> None:
    people = run.get("listeners")
    for at, fault in enumerate(FAULTS):
        run.post("faults", **fault, listener=people[SOUND + at % FAILING]["id"])
    for at, fault in enumerate(FATAL, SOUND + FAILING):
        run.post("faults", **fault, listener=people[at]["id"])
    run.post("tokens", listener=people[1]["id"], revoke=True)
    asyncio.run(_press(run))


async def _press(run: Run) -> None:
    """Asks for everybody's polls until every fault has struck: Spindle itself would leave those alone who fail."""
    end = time.monotonic() + 120
    async with finding.bus(run.terminal.home) as bus:
        users = [one.user async for one in asking.everybody(bus)]
        while not all(one["struck"] for one in run.get("faults")):
            assert time.monotonic() < end, [one for one in run.get("faults") if not one["struck"]]
            for user in users:
                await publish(bus.jetstream(), Trigger(user=user, what="poll", hurry=True))
            await asyncio.sleep(1)


def _kill(run: Run) -> None:
    """The servers, and a worker of its own in the middle of renewals."""
    for program in ("postgres", "nats-server"):
        run.kill(program)
        assert until(lambda: run.terminal.run("users").returncode == 0, PATIENCE), run.terminal.said.read_text()
    with run.terminal.said.open("ab") as out:
        words = [*SPINDLE, "run", "poll_worker", "--verbose"]
        worker = subprocess.Popen(words, stdout=out, stderr=out, env=run.terminal.environment)
    run.post("faults", kind="slow", seconds=2, path=RENEWAL, times=None)
    run.post("tokens", expire_access=True)
    assert until(lambda: len(_under_way(run)) > 1, PATIENCE), run.get("calls")
    worker.kill()
    worker.wait()
    httpx.delete(f"{run.address}/control/faults")


def _under_way(run: Run) -> list[Any]:
    return [call for call in run.get("calls")["log"] if call["fault"] == "slow" and call["status"] is None]


def _ask(run: Run, place: Path) -> None:
    rows = [{"ts": "2021-03-01T18:00:00Z", "ms_played": 1, "refresh_token": IN_EXPORT}, {"access_token": IN_EXPORT}]
    (place / "endsong_0.json").write_text(json.dumps(rows))
    run.type("import", "Al", str(place / "endsong_0.json"), "--wait")
    run.type("receipt", "Al", "--rejected")
    looks = "doctor", "status", "users", "jobs", "plays Al", "gaps Al", "dead", "imports", "status --json"
    with ThreadPoolExecutor(3) as together:
        list(together.map(lambda words: run.type(*words.split()), looks))
    run.type("trigger", "Al", "poll")
    assert run.type("keys", "rotate") == 0
    run.type("keys", "list")
    run.type("doctor", SPINDLE_SPOTIFY_CLIENT_SECRET=WRONG_SECRET, SPINDLE_SECRET_KEY="00" * 32)
    assert run.type("backup", str(place / "backup")) == 0


def _refused(run: Run) -> bool:
    """Whether a renewal was answered with a refusal."""
    return any(call["path"] == RENEWAL and call["status"] == 400 for call in run.get("calls")["log"])


async def _rows(home: Path) -> list[str]:
    """Every row of every table, as the database writes it: its files hold the long ones compressed."""
    running = embedded.find(home)
    assert running
    connection = await asyncpg.connect(running.database_url.replace("+asyncpg", "").split("?")[0], ssl=False)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [await connection.fetch(f'SELECT t::text FROM "{name}" AS t') for (name,) in tables]
    await connection.close()
    return [row[0] for each in rows for row in each]


def _secrets(home: Path, issued: list[str], keys: list[Key]) -> Secrets:
    basic = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
    return Secrets(
        {f"token {at}": token for at, token in enumerate(issued)}
        | {"client secret": CLIENT_SECRET, "client secret as sent": basic, "wrong client secret": WRONG_SECRET}
        | {"wrong token": WRONG_TOKEN, **{f"key {key.id}": key.raw for key in keys}}
        | {f"password of {name}": _password(home, name) for name in ("NATS", "PostgreSQL")}
    )


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def _password(home: Path, server: str) -> str:
    return (home / {"NATS": "nats", "PostgreSQL": "postgres"}[server] / "password").read_text().strip()


def _packed(plain: bytes) -> bytes:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.json", plain)
    with tarfile.open(fileobj=outer, mode="w:gz") as tar:
        part = tarfile.TarInfo("part")
        part.size = len(inner.getvalue())
        tar.addfile(part, io.BytesIO(inner.getvalue()))
    return outer.getvalue()
