"""How one service is: alive inside, and ready to work.

Live: its subscribers are. A service that waits for servers is alive: nobody should kill it for somebody else's outage.
Ready: NATS answers, the service's durable consumers can be reached, and so can what else it needs.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import nats.errors
from faststream import FastStream
from faststream.nats import NatsBroker
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber, PullStreamSubscriber
from nats.js.errors import NotFoundError, ServiceUnavailableError

from spindle.cli.wording import command
from spindle.shared.bus.topology import CONSUMERS
from spindle.shared.needs import Need, needs_of

_PATIENCE = 0.5  # seconds for a server; whoever asks us gets an answer within one


@dataclass(frozen=True)
class Vitals:
    live: bool
    ready: bool
    why: str | None = None
    """What is missing, in words."""


class Checkup:
    def __init__(self, name: str, service: FastStream) -> None:
        self._name = name
        self._bus = cast("NatsBroker", service.broker)
        self._questions = [_Question(need) for need in (Need("NATS", self._reach_consumers), *needs_of(service))]

    async def vitals(self) -> Vitals:
        """Within a second, whatever the servers do."""
        if dead := list(self._dead()):
            return Vitals(live=False, ready=False, why=f"nobody takes messages any more from {', '.join(dead)}")
        found = await asyncio.gather(*(question.trouble() for question in self._questions))
        reasons = [reason for reason in found if reason] or self._unfinished()
        return Vitals(live=True, ready=not reasons, why="; ".join(reasons) or None)

    async def _reach_consumers(self) -> None:
        if not await self._bus.ping(_PATIENCE):
            raise NotReady("NATS does not answer")
        js = (await self._bus.connect()).jetstream()
        for stream, durable in _consumers(self._name):
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
        started = bool(subscribers) and all(subscriber.running for subscriber in subscribers)
        return [] if started else ["it is still starting"]


class NotReady(Exception):
    """A server is not there for this service."""


class _Question:
    """One at a time: a server that hangs holds one of our questions, however often we are asked."""

    def __init__(self, need: Need) -> None:
        self._need = need
        self._asked: asyncio.Task[str | None] | None = None

    async def trouble(self) -> str | None:
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(self._ask())
        answered, _ = await asyncio.wait({self._asked}, timeout=_PATIENCE)  # no `wait_for`: to give up takes long, too
        return self._asked.result() if answered else f"{self._need.name} does not answer"

    async def _ask(self) -> str | None:
        try:
            await self._need.probe()
        except Exception as error:
            return str(error) or type(error).__name__
        return None


def _consumers(service: str) -> Iterator[tuple[str, str]]:
    """Stream and name of the service's own: those that bear its name."""
    for stream, consumers in CONSUMERS.items():
        for consumer in consumers:
            durable = str(consumer.durable_name)
            if durable.partition("-")[0] == service:
                yield stream, durable
