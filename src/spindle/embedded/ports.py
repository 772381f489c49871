"""Which ports the servers listen on: free ones on 127.0.0.1, the same as last time where possible."""

import json
import secrets
import socket
from pathlib import Path

from spindle.embedded.errors import NoFreePort

# Below the range from which Linux (32768) and macOS (49152) take the ports of outgoing connections: in it, a client
# that reconnects while its server is down can, by chance, connect to itself and so take the server's port.
FIRST, LAST = 20_000, 32_000
ATTEMPTS = 300


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: what just closed is free
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose(remembered: int | None = None, avoid: tuple[int, ...] = ()) -> int:
    """The remembered port if nobody has taken it, otherwise any free one."""
    if remembered and remembered not in avoid and is_free(remembered):
        return remembered
    for _ in range(ATTEMPTS):
        port = FIRST + secrets.randbelow(LAST - FIRST)
        if port not in avoid and is_free(port):
            return port
    raise NoFreePort


def recall(file: Path) -> dict[str, int]:
    """The ports by name; empty when there are none yet or the file is damaged: they can always be chosen anew."""
    try:
        ports = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(ports, dict):
        return {}
    return {name: port for name, port in ports.items() if isinstance(port, int) and 0 < port < 2**16}


def remember(file: Path, **ports: int) -> None:
    file.write_text(json.dumps(ports) + "\n")
