"""nats-server as it is shipped, or as it is when nobody says a word about fsync: every two minutes."""

import os
import signal
import subprocess
from dataclasses import dataclass

from spindle.embedded.binaries import nats_server
from spindle.embedded.nats import Nats


@dataclass
class Bus:
    shipped: Nats
    always: bool = True
    _other: "subprocess.Popen[bytes] | None" = None

    async def start(self) -> None:
        await self.shipped.start()
        if not self.always:
            await self.shipped.stop()
            self._other = self._by_default()

    def freeze(self) -> None:
        """It does nothing more from now on."""
        process = self._other.pid if self._other else self.shipped.pid
        assert process
        os.kill(process, signal.SIGSTOP)

    def kill(self) -> None:
        if self._other:
            self._other.kill()
            self._other.wait()
        self.shipped.kill()

    def _by_default(self) -> "subprocess.Popen[bytes]":
        file = self.shipped.directory / "nats.conf"
        file.write_text(file.read_text().replace("sync_interval: always", "sync_interval: '2m'"))
        return subprocess.Popen([nats_server(), "-c", file], stderr=subprocess.DEVNULL)
