"""How everything stands at one moment: listeners, Spotify's limits, services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nats.aio.client import Client

from spindle.cli import asking, finding
from spindle.cli.alive import Service, services
from spindle.cli.limits import Limits
from spindle.cli.looking import limits
from spindle.cli.seeing import shapes
from spindle.cli.seeing.states import Doing, doing
from spindle.shared.ids import UserId, now
from spindle.shared.messages.ask import AskImports, ImportRow, Listener
from spindle.shared.messages.jobs import Status

_NEWEST = 200
"""Imports among which those that are not over are looked for."""


@dataclass(frozen=True)
class Overview:
    listeners: Sequence[Listener]
    limits: Limits
    services: Mapping[str, Service]
    at: datetime
    imports: Mapping[UserId, ImportRow] = field(default_factory=dict)
    """Those that are not over, by listener."""

    def doing(self, one: Listener) -> Doing:
        return doing(one, self.limits, self.at, self.imports.get(one.user))

    @property
    def down(self) -> list[str]:
        return [name for name, service in self.services.items() if not service.up]

    def shape(self) -> dict[str, shapes.Json]:
        """For programs."""
        return {
            "users": [shapes.status(one, self.doing(one)) for one in self.listeners],
            "gate": shapes.gate(self.limits, self.at),
            "doors": [shapes.door(one, self.at) for one in self.limits.closed(self.at)],
            "budget": shapes.budget(self.limits.budget),
            "services": {name: {"up": one.up, "backlog": one.backlog} for name, one in self.services.items()},
        }


async def look(home: Path, connection: Client, user: str | None = None) -> Overview:
    """Of everybody, or of the listener with this name or id."""
    js = connection.jetstream()
    left = await limits(js, finding.client(home), now())
    if user:
        listeners = [await asking.listener(connection, user)]
    else:
        listeners = [one async for one in asking.everybody(connection)]
    of = listeners[0].user if user else None
    return Overview(listeners, left, await services(js), now(), await _imports(connection, of))


async def _imports(connection: Client, user: UserId | None) -> dict[UserId, ImportRow]:
    found = await asking.imports(connection, AskImports(user=user, limit=1 if user else _NEWEST))
    return {row.user: row for row in found if row.status is Status.RUNNING}
