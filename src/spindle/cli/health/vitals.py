"""How one service is: alive inside, and ready to work.

Live: its subscribers are. A service that waits for servers is alive: nobody should kill it for somebody else's outage.
Ready: NATS answers, the service's durable consumers can be reached, and so can what else it needs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import nats.errors
from faststream import FastStream
from faststream.nats import NatsBroker
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber, PullStreamSubscriber
from nats.js.errors import NotFoundError, ServiceUnavailableError

from spindle.people.wording import command
from spindle.shared.bus.topology import durables
from spindle.shared.needs import Need, needs_of, troubles

_PATIENCE = 0.5  # seconds


@dataclass(frozen=True)
class Vitals:
    live: bool
    ready: bool
    why: str | None = None
    """What is missing, in words."""


class Checkup:
    def __init__(self, name: str, service: FastStream) -> None:
        self.service = service
        self._name = name
        self._bus = cast("NatsBroker", service.broker)
        self._needs = (Need("NATS", self._reach_consumers), *needs_of(service))

    async def vitals(self) -> Vitals:
        """Within a second, whatever the servers do."""
        if dead := list(self._dead()):
            return Vitals(live=False, ready=False, why=f"nobody takes messages any more from {', '.join(dead)}")
        reasons = await troubles(self._needs) or self._unfinished()
        return Vitals(live=True, ready=not reasons, why="; ".join(reasons) or None)

    async def _reach_consumers(self) -> None:
        if not await self._bus.ping(_PATIENCE):
            raise NotReady("NATS does not answer")
        js = (await self._bus.connect()).jetstream()
        for service, stream, durable in durables():
            if service != self._name:
                continue
            try:
                await js.consumer_info(stream, durable)
            except NotFoundError:
                raise NotReady(f"the consumer {durable} is missing: run `{command('provision')}`") from None
            except ServiceUnavailableError:
                raise NotReady(f"no NATS server leads the consumer {durable} for now") from None
            except nats.errors.Error:
                raise NotReady("NATS does not answer") from None

    def _dead(self) -> Iterator[str]:
        """FastStream begins a task anew that failed, but not one that was cancelled or came to its end."""
        for subscriber in self._bus.subscribers:
            if isinstance(subscriber, PullStreamSubscriber | BatchPullStreamSubscriber) and subscriber.running:
                gone = [task for task in subscriber.tasks if task.done()]
                if any(task.cancelled() or task.exception() is None for task in gone):
                    yield str(subscriber.config.durable_name)

    def _unfinished(self) -> list[str]:
        subscribers = self._bus.subscribers
        expected = any(service == self._name for service, *_ in durables())
        started = all(subscriber.running for subscriber in subscribers) and (bool(subscribers) or not expected)
        return [] if started else ["it is still starting"]


class NotReady(Exception):
    """A server is not there for this service."""
