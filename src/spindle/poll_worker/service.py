"""The poll worker, wired."""

from faststream import FastStream
from faststream.nats import NatsRouter

from spindle.poll_worker.handlers import polls
from spindle.poll_worker.settings import Settings
from spindle.shared import desk
from spindle.shared.desk import Desk


def build(settings: Settings) -> FastStream:
    """A poll worker, to be run or to be started and stopped beside others."""

    async def routes(at: Desk) -> list[NatsRouter]:
        return [polls(at, settings.poll_interval, settings.poll_concurrency)]

    return desk.service(settings, "poll_worker", routes)
