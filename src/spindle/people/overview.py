"""How everything stands at one moment: listeners, Spotify's limits, services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nats.aio.client import Client

from spindle.people import asking, shapes
from spindle.people.alive import Service, services
from spindle.people.limits import Limits
from spindle.people.looking import limits
from spindle.people.states import Doing, State, doing
from spindle.shared.ids import UserId, now
from spindle.shared.messages.ask import AskImports, AskUsers, ImportRow, Listener, Users
from spindle.shared.messages.jobs import Status
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify.door import Family

_NEWEST = 200
"""Imports among which those that are not over are looked for."""
_OVERDUE = timedelta(minutes=5)


@dataclass(frozen=True)
class Overview:
    listeners: Sequence[Listener]
    limits: Limits
    services: Mapping[str, Service]
    at: datetime
    imports: Mapping[UserId, ImportRow] = field(default_factory=dict)
    """Those that are not over, by listener."""
    more: UserId | None = None
    """When there are more listeners: the last of these, after whom they come."""

    def doing(self, one: Listener) -> Doing:
        return doing(one, self.limits, self.at, self.imports.get(one.user))

    def next_poll_at(self, one: Listener) -> datetime | None:
        """None when none is to come. What is due waits for a door that is shut."""
        if one.next_poll_at is None or self.doing(one).state in (State.PAUSED, State.DISCONNECTED):
            return None
        door = self.limits.shut(Family.HISTORY, self.at)
        return max(one.next_poll_at, door.until) if door else one.next_poll_at

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


async def look(connection: Client, told: SpotifySettings, user: str | None = None) -> Overview:
    """Of everybody, or of the listener with this name or id; `told` is in whose name Spotify is asked."""
    if user:
        listeners = [await asking.listener(connection, user)]
    else:
        listeners = [one async for one in asking.everybody(connection)]
    return await _overview(connection, told, listeners, listeners[0].user if user else None)


async def look_at_some(connection: Client, told: SpotifySettings, most: int, after: UserId | None = None) -> Overview:
    """Of at most so many listeners in the order in which they came; before the first of them come those who are
    unwell, at most as many again."""
    unwell: list[Listener] = []
    if after is None:
        question = AskUsers(unwell_since=now() - _OVERDUE, limit=most)
        unwell = list((await asking.ask(connection, question, Users)).users)
    page = await asking.ask(connection, AskUsers(after=after, limit=most), Users)
    known = {one.user for one in unwell}
    shown = [*unwell, *(one for one in page.users if one.user not in known)]
    found = await _overview(connection, told, shown, None)
    return replace(found, more=page.users[-1].user if page.more else None)


async def look_at_page(connection: Client, told: SpotifySettings, most: int, after: UserId | None = None) -> Overview:
    """Of so many listeners in the order in which they came, and nobody twice."""
    page = await asking.ask(connection, AskUsers(after=after, limit=most), Users)
    found = await _overview(connection, told, page.users, None)
    return replace(found, more=page.users[-1].user if page.more else None)


async def _overview(
    connection: Client, told: SpotifySettings, listeners: Sequence[Listener], of: UserId | None
) -> Overview:
    js = connection.jetstream()
    left = await limits(js, told, now())
    return Overview(listeners, left, await services(js), now(), await _imports(connection, of))


async def _imports(connection: Client, user: UserId | None) -> dict[UserId, ImportRow]:
    found = await asking.imports(connection, AskImports(user=user, limit=1 if user else _NEWEST))
    return {row.user: row for row in found if row.status is Status.RUNNING}
