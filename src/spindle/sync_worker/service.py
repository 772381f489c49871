"""The sync worker, wired."""

from functools import partial
from pathlib import Path

from faststream import FastStream
from faststream.nats import NatsRouter
from nats.aio.client import Client

from spindle.shared import desk
from spindle.shared.bus.uploads import Uploads
from spindle.shared.desk import Desk
from spindle.sync_worker.archive.steps import Steps
from spindle.sync_worker.archive.watching import Watching
from spindle.sync_worker.asking import Others
from spindle.sync_worker.handlers import archives, syncs
from spindle.sync_worker.settings import Settings


def build(settings: Settings) -> FastStream:
    """A sync worker, to be run or to be started and stopped beside others."""

    async def routes(at: Desk) -> list[NatsRouter]:
        uploads = await Uploads.on(at.js)
        steps = Steps(at, uploads, settings.import_limits)
        return [
            syncs(at, settings.limits, settings.sync_concurrency),
            archives(at, steps, settings.sync_concurrency),
        ]

    watch = partial(_watch, settings.import_dir.expanduser()) if settings.import_dir else None
    return desk.service(settings, "sync_worker", routes, watch)


async def _watch(root: Path, client: Client) -> None:
    uploads = await Uploads.on(client.jetstream())
    await Watching(root, Others(client), uploads).keep()
