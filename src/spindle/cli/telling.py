"""What `up` says: what takes time while it starts, and afterwards one calm line for what a person cares about."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console

from spindle.cli.events import Event
from spindle.cli.lines import Lines
from spindle.shared.messages import Message
from spindle.shared.messages.jobs import JobFailed, JobFinished
from spindle.shared.messages.plays import PlaysRecorded, Source
from spindle.shared.messages.users import UserDisconnected, UserForgotten, UserKnown, UserPaused, UserResumed

_ALWAYS = (UserDisconnected, UserForgotten, UserKnown, UserPaused, UserResumed)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """On a terminal one line that changes, and what does not end in … stays; elsewhere a line each."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield say
        return
    with console.status("Starting …") as status:
        yield lambda text: status.update(text) if text.endswith("…") else console.print(text, markup=False)


def say(text: str = "") -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Calm:
    """Which events are told: new plays, ends of long jobs, changes of listeners; a failure only once in a row."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._lines = Lines(names)
        self._failed: dict[str, str] = {}

    def told(self, event: Event) -> str | None:
        told = self._lines.of(event)
        return told if event.message is not None and self._matters(event.message) else None

    def _matters(self, message: Message) -> bool:
        match message:
            case JobFailed():
                error, known = message.verdict.error or "", self._failed.get(message.user)
                self._failed[message.user] = error
                return error != known
            case JobFinished():
                if message.job.startswith("poll."):
                    self._failed.pop(message.user, None)
                    return False
                return True
            case PlaysRecorded():
                return message.new > 0 and message.source is not Source.INITIAL
            case _:
                return isinstance(message, _ALWAYS)
