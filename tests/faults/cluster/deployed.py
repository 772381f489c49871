"""Three nats-servers from the files of `deploy/cluster`, on this machine: other ports and folders, nothing else."""

import asyncio
import os
import secrets
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from spindle.embedded import ports
from spindle.embedded.binaries import nats_server
from spindle.embedded.errors import ServerDied, ServerTooSlow
from spindle.embedded.probing import answer
from spindle.shared.catalogue import users

FILES = Path(__file__).parents[3] / "deploy" / "cluster"
HERE = "127.0.0.1"
WITHIN = 60.0


@dataclass
class Deployed:
    """A machine: `etc` is its `/etc/nats`, `store` its `/var/lib/nats`."""

    name: str
    etc: Path
    store: Path
    port: int
    monitor: int
    environment: dict[str, str] = field(repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        password = self.environment["spindle_password"].strip('"')
        return f"tls://spindle:{password}@{HERE}:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def argv(self) -> list[str]:
        return [str(nats_server()), "-c", str(self.etc / f"{self.name}.conf")]

    @property
    def log(self) -> Path:
        return self.store.with_suffix(".log")

    async def start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv, env=os.environ | self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        await self._until("/healthz?js-enabled-only=true")

    async def joined(self) -> None:
        await self._until("/healthz")

    async def stop(self) -> None:
        self.kill()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def _until(self, path: str) -> None:
        give_up = monotonic() + WITHIN
        while not (await answer(self.monitor, f"GET {path} HTTP/1.0\r\n\r\n".encode(), 12) or b"").endswith(b" 200"):
            if self._process is None or self._process.poll() is not None:
                raise ServerDied(self.name, self.log.read_text()[-500:], self.log)
            if monotonic() > give_up:
                raise ServerTooSlow(self.name, WITHIN, self.log)
            await asyncio.sleep(0.05)


async def deployed(home: Path, number: int) -> Sequence[Deployed]:
    """Formed, and with a leader."""
    nodes = prepared(home, number)
    try:
        for node in nodes:
            await node.start()
        for node in nodes:
            await node.joined()
    except BaseException:
        for node in nodes:
            node.kill()
        raise
    return nodes


def prepared(home: Path, number: int) -> Sequence[Deployed]:
    """As the README does it, for a machine that is called 127.0.0.1."""
    etc = home / "etc"
    subprocess.run([FILES / "certificates", etc, HERE], check=True)
    for end in ("pem", "key"):
        (etc / f"{HERE}.{end}").rename(etc / f"node.{end}")
    (etc / users.FILE).write_text(users.configuration(), encoding="utf-8")
    taken: list[int] = []
    for _ in range(3 * number):
        taken.append(ports.choose(avoid=tuple(taken)))
    routes = ", ".join(f"nats-route://{HERE}:{port}" for port in taken[:number])
    told = dict(line.split("=", 1) for line in shlex.split((FILES / "nats.env").read_text("utf-8"), comments=True))
    password = f'"{secrets.token_hex(16)}"'
    told |= {name: password for name in told if name.endswith("_password")} | {"routes": f"[{routes}]"}
    return [_node(home, f"nats-{at + 1}", told, taken[at::number]) for at in range(number)]


def _node(home: Path, name: str, told: dict[str, str], taken: Sequence[int]) -> Deployed:
    route, port, monitor = taken
    node = Deployed(name, home / "etc", home / name, port, monitor, told | {"node": name})
    text = (FILES / "nats.conf").read_text(encoding="utf-8")
    for shipped, here in (
        ("0.0.0.0:4222", f"{HERE}:{port}"),
        ("0.0.0.0:6222", f"{HERE}:{route}"),
        ("127.0.0.1:8222", f"{HERE}:{monitor}"),
        ("/etc/nats", str(node.etc)),
        ("/var/lib/nats", str(node.store)),
    ):
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    (node.etc / f"{name}.conf").write_text(text, encoding="utf-8")
    return node
