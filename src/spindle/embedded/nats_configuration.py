"""What nats-server is told: where it listens, what it may store, and who its peers are."""

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spindle.embedded import disk

USER = "spindle"


@dataclass(frozen=True)
class Cluster:
    """A node's place in a cluster: its own name, the port for its peers, and theirs (its own may be among them)."""

    node: str
    port: int
    routes: tuple[int, ...]
    name: str = "spindle"


def configuration(directory: Path, port: int, monitor_port: int, password: str, cluster: Cluster | None) -> str:
    """`sync_interval: always`: otherwise JetStream says that it has what the next power cut takes away."""
    storage = f"store_dir: {_quoted(directory)}, max_file: {storage_limit(directory)}, max_mem: 256MB"
    lines = [
        f"server_name: {_quoted(cluster.node if cluster else 'spindle')}",
        f"listen: 127.0.0.1:{port}",
        f"http: 127.0.0.1:{monitor_port}",
        "max_payload: 8MB",
        f"pid_file: {_quoted(directory / 'nats.pid')}",
        f"log_file: {_quoted(directory / 'nats.log')}",
        "logfile_size_limit: 16MB",
        "logfile_max_num: 2",
        f"authorization {{ user: {USER}, password: {_quoted(password)} }}",
        f"jetstream {{ {storage}, sync_interval: always }}",
        *(_cluster(cluster, password) if cluster else ()),
    ]
    return "\n".join(lines) + "\n"


def storage_limit(directory: Path) -> int:
    """Half of what JetStream has and could still get, in bytes, so that a full stream never means a full disk.

    Never less than the streams may fill. A limit that was written before and is about right stays: a running server
    need not be restarted for a few bytes.
    """
    limit = max(disk.JETSTREAM, (disk.free(directory) + _stored(directory / "jetstream")) // 2)
    before = _written(directory)
    return before if before >= disk.JETSTREAM and limit / 2 <= before <= limit * 1.5 else limit


def _stored(directory: Path) -> int:
    """Bytes in its files; one that a running server removes meanwhile does not count."""
    found = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with suppress(FileNotFoundError):
                found += Path(folder, name).stat().st_size
    return found


def _written(directory: Path) -> int:
    try:
        found = re.search(r"max_file: (\d+)", (directory / "nats.conf").read_text())
    except FileNotFoundError:
        return 0
    return int(found[1]) if found else 0


def _cluster(cluster: Cluster, password: str) -> list[str]:
    routes = ", ".join(f"nats-route://{USER}:{password}@127.0.0.1:{port}" for port in cluster.routes)
    return [
        "cluster {",
        f"  name: {_quoted(cluster.name)}",
        f"  listen: 127.0.0.1:{cluster.port}",
        f"  authorization {{ user: {USER}, password: {_quoted(password)}, timeout: 2 }}",
        "  no_advertise: true",  # clients know every address; a learnt one would outlive a node's change of port
        f"  routes: [{routes}]",
        "}",
    ]


def _quoted(value: str | Path) -> str:
    return json.dumps(str(value), ensure_ascii=False)
