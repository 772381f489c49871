"""Which events are worth a line."""

from datetime import datetime, timedelta

from spindle.people.events import Event
from spindle.shared.messages.control import ControlAnswered
from spindle.shared.messages.jobs import JobFinished, JobProgressed, JobStarted
from spindle.shared.messages.plays import PlaysRecorded, Source

_SPARE_WORDS = ("pause", "resume", "import")
_EVERY = timedelta(seconds=10)


def matters(happened: Event) -> bool:
    """Not what another line says better: the plays of long jobs, and answers to what is itself an event."""
    match happened.message:
        case PlaysRecorded():
            return happened.message.source is Source.POLL
        case ControlAnswered():
            return not (happened.message.done and happened.message.action in _SPARE_WORDS)
        case _:
            return True


class Spared:
    """What matters, and of the hundreds of times that an import tells how far it is, one in ten seconds."""

    def __init__(self) -> None:
        self._told: dict[str, datetime] = {}

    def matters(self, happened: Event) -> bool:
        match happened.message:
            case JobStarted():
                self._told[happened.message.job] = happened.at
            case JobFinished():
                self._told.pop(happened.message.job, None)
            case JobProgressed() if happened.message.progress:
                return self._is_due(happened.message.job, happened.at)
            case _:
                pass
        return matters(happened)

    def _is_due(self, job: str, at: datetime) -> bool:
        due = job not in self._told or at - self._told[job] >= _EVERY
        if due:
            self._told[job] = at
        return due
