"""The poll worker, wired."""

from faststream import FastStream

from spindle.poll_worker.handlers import polls
from spindle.poll_worker.settings import Settings
from spindle.shared import desk


def build(settings: Settings) -> FastStream:
    """A poll worker, to be run or to be started and stopped beside others."""
    return desk.service(
        settings, "poll_worker", lambda at: polls(at, settings.poll_interval, settings.poll_concurrency)
    )
