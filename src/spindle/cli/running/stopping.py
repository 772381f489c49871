"""How what takes long ends: a first Ctrl-C drains `up`, a second one forces; a command is cancelled by any signal."""

import asyncio
import os
import signal
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from spindle import embedded
from spindle.cli.running.telling import say
from spindle.people.errors import Problem

T = TypeVar("T")

log = structlog.get_logger()


class Stop:
    """Asked for by a signal; the task in which this is made is cancelled. `started` may still grow."""

    def __init__(self, started: Sequence[embedded.Servers]) -> None:
        self._started = started
        self._task = asyncio.current_task()
        self.asked = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.ask)

    def heed(self) -> None:
        """What was waited for when it was asked may have swallowed the cancellation, as clients that connect do."""
        if self.asked:
            raise asyncio.CancelledError

    def ask(self) -> None:
        if self.asked:
            self._force()
        self.asked = True
        say("Stopping … (Ctrl-C again to force)")
        if self._task:
            self._task.cancel()

    def _force(self) -> None:
        """Nothing is drained; the servers recover at the next start what they had not finished."""
        for servers in self._started:
            for server in servers.embedded:
                with suppress(OSError):
                    server.kill()
        say("Stopped the hard way.")
        os._exit(130)


async def cancelled_by_signals(work: Coroutine[None, None, T]) -> T:
    """As by Ctrl-C, which Python sees to: what it has begun it puts away, undisturbed by a second signal."""
    loop, task, asked = asyncio.get_running_loop(), asyncio.create_task(work), list[signal.Signals]()

    def ask(number: signal.Signals) -> None:
        if not asked:
            asked.append(number)
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            loop.add_signal_handler(number, ask, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not asked:
            raise
        raise Problem(f"stopped by {asked[0].name}") from None


def heed() -> None:
    """A cancellation that was swallowed on the way counts all the same: clients that connect do that."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


def heed_the_background() -> None:
    """A task that nobody waits for and that fails is not silent."""
    asyncio.get_running_loop().set_exception_handler(_told)


def _told(_: asyncio.AbstractEventLoop, what: dict[str, object]) -> None:
    error = what.get("exception")
    log.error("something failed in the background", what=what.get("message"), exc_info=error)
    if isinstance(error, Exception):
        say(f"Something failed in the background ({error!r}); the log says more.")
