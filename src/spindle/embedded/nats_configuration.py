"""What nats-server is told: where it listens, what it may store, and who its peers are."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

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
    """Half of what JetStream has and could still get, in bytes, so that a full stream never means a full disk."""
    stored = sum(file.stat().st_size for file in (directory / "jetstream").rglob("*") if file.is_file())
    return (shutil.disk_usage(directory).free + stored) // 2


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
