"""A real worker with a fault planted in it: the steps of some listeners kill its process, as a crash of the interpreter
or the system's memory guard would."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import Any

from spindle.poll_worker import service as poll_worker
from spindle.poll_worker.settings import Settings as PollSettings
from spindle.shared.messages.imports import ImportArchive
from spindle.shared.spotify.listening import Listening
from spindle.sync_worker import service as sync_worker
from spindle.sync_worker.archive.steps import Steps
from spindle.sync_worker.settings import Settings as SyncSettings

DEADLY = os.environ["DEADLY"].split(",")
_page, _done = Listening.page, Steps.done


def _die(user: str) -> None:
    if user in DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)


async def page(self: Listening, user: str, *more: Any) -> Any:
    _die(user)
    return await _page(self, user, *more)


async def done(self: Steps, step: ImportArchive, *more: Any) -> Any:
    if step.step > 1:
        _die(step.user)
    return await _done(self, step, *more)


def _pass_on(child: int, *_: object) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)


def work(service: str) -> None:
    Listening.page, Steps.done = page, done  # type: ignore[method-assign,assignment]
    if service == "poll_worker":
        asyncio.run(poll_worker.build(PollSettings()).run())
    else:
        asyncio.run(sync_worker.build(SyncSettings()).run())


def keep(service: str) -> None:
    """Begins another life for one that was killed, as whatever runs services does; a line for each death. Nothing has
    to be loaded again for that."""
    while True:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            work(service)
            os._exit(0)
        signal.signal(signal.SIGTERM, partial(_pass_on, child))
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return
        sys.stdout.write("dead\n")
        sys.stdout.flush()


if __name__ == "__main__":
    keep(sys.argv[1])
