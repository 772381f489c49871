"""The sync worker, wired."""

from faststream import FastStream

from spindle.shared import desk
from spindle.sync_worker.handlers import syncs
from spindle.sync_worker.settings import Settings


def build(settings: Settings) -> FastStream:
    """A sync worker, to be run or to be started and stopped beside others."""
    return desk.service(settings, "sync_worker", lambda at: syncs(at, settings.limits, settings.sync_concurrency))
