"""`run SERVICE`: one service in a process of its own."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from structlog.contextvars import bound_contextvars

from spindle import embedded
from spindle.cli import finding
from spindle.cli.errors import NotRunning
from spindle.cli.health.serving import served
from spindle.cli.running import door, logs, services
from spindle.cli.running.tracing import traced
from spindle.people.errors import Problem
from spindle.shared import loop

SIMULATOR = "simulator"


def run(service: str, home: Path, verbose: bool, more: Sequence[str]) -> None:
    """Until a signal ends it. It waits for servers that are not there yet, as it must beside them in a cluster."""
    wanted = service.replace("-", "_")
    if wanted == SIMULATOR:
        _simulate(more)
        return
    if wanted not in services.SERVICES:
        raise Problem(f"no service {service!r}: there are {', '.join(services.SERVICES)} and {SIMULATOR}")
    if more:
        raise Problem(f"{service} takes no {more[0]!r}: it is told everything by SPINDLE_… variables")
    logs.onto_stderr(verbose)
    with traced():
        loop.run(_serve(wanted, _known(home)))


async def _serve(name: str, known: Mapping[str, object]) -> None:
    service = services.build(name, known)
    async with served({name: service}):
        with bound_contextvars(service=name):
            await service.run()


def _simulate(words: Sequence[str]) -> None:
    from spindle.simulator.__main__ import main

    sys.argv[1:] = words
    main()


def _known(home: Path) -> dict[str, object]:
    """What the environment leaves open, from the instance that runs on this home, if one does."""
    instance = embedded.find(home)
    if instance is None and not os.environ.get("SPINDLE_NATS_URL"):
        raise NotRunning(home)
    if instance is None:
        return {}
    told: dict[str, object] = {"nats_url": instance.nats_url, "database_url": instance.database_url}
    settings = finding.spotify(home)
    told |= {name: getattr(settings, name) for name in type(settings).model_fields}
    if door.has_token(home):
        told["access_token"] = door.access_token(home)
    return {name: value for name, value in told.items() if f"SPINDLE_{name.upper()}" not in os.environ}
