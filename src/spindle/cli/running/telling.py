"""What `up` says: what takes time while it starts, and afterwards one calm line for what a person cares about."""

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from spindle.shared.messages import Message
from spindle.shared.messages.doors import DoorClosed, DoorOpened
from spindle.shared.messages.imports import ImportUndone
from spindle.shared.messages.jobs import JobFailed, JobFinished, JobProgressed
from spindle.shared.messages.plays import PlaysRecorded, Source
from spindle.shared.messages.users import (
    UserDisconnected,
    UserExpiring,
    UserFailing,
    UserLinked,
    UserPaused,
    UserRecovered,
    UserRemoved,
    UserResumed,
)

_LINKS = (UserLinked, UserDisconnected, UserExpiring, UserRemoved)
_ALWAYS = (*_LINKS, UserPaused, UserResumed, UserFailing, UserRecovered, ImportUndone, DoorClosed, DoorOpened)


@contextmanager
def progress(*, steps: bool = True) -> Iterator[Callable[[str], None]]:
    """On a terminal one line that changes, and what does not end in … stays; elsewhere a line each.

    Without `steps` nobody but a person at a terminal is told what ends in ….
    """
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda text: say(text) if steps or not text.endswith("…") else None
        return
    with console.status("Starting …") as status:
        yield lambda text: status.update(text) if text.endswith("…") else console.print(text, markup=False)


def say(text: str = "") -> None:
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError as error:
        if error.errno != errno.ENOSPC:  # into a file on a full disk: that is no reason to stop
            raise


class Calm:
    """Which events are told: new plays, ends of long jobs, changes of listeners; a failure or a wait once in a row."""

    def __init__(self) -> None:
        self._trouble: dict[str, str] = {}

    def matters(self, message: Message | None) -> bool:
        match message:
            case JobFailed():
                return self._is_new(message.user, message.verdict.error)
            case JobProgressed():
                return message.waiting_until is not None and self._is_new(message.user, message.error)
            case JobFinished():
                if message.job.startswith("poll."):
                    self._trouble.pop(message.user, None)
                    return False
                return True
            case PlaysRecorded():
                self._trouble.pop(message.user, None)
                return message.new > 0 and message.source is Source.POLL
            case _:
                return isinstance(message, _ALWAYS)

    def _is_new(self, user: str, error: str | None) -> bool:
        known = self._trouble.get(user)
        self._trouble[user] = error or ""
        return known != (error or "")
