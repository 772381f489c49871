"""The sync worker, wired."""

from faststream import FastStream
from faststream.nats import NatsRouter

from spindle.shared import desk
from spindle.shared.bus.uploads import STORE, Uploads
from spindle.shared.desk import Desk
from spindle.sync_worker.archive.steps import Steps
from spindle.sync_worker.handlers import archives, syncs
from spindle.sync_worker.settings import Settings


def build(settings: Settings) -> FastStream:
    """A sync worker, to be run or to be started and stopped beside others."""

    async def routes(at: Desk) -> list[NatsRouter]:
        uploads = Uploads(await at.js.object_store(STORE))
        steps = Steps(at, uploads, settings.import_limits)
        return [
            syncs(at, settings.limits, settings.sync_concurrency),
            archives(at, steps, settings.sync_concurrency),
        ]

    return desk.service(settings, "sync_worker", routes)
