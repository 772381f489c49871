"""Every message: who publishes it, who consumes it, and which stream keeps it in between."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

from nats.js.api import ConsumerConfig, StreamConfig

from spindle.shared import messages
from spindle.shared.bus.topology import CONSUMERS, STREAMS
from spindle.shared.messages import Message, Value, ask
from spindle.shared.messages.choices import ChoicesMade
from spindle.shared.messages.imports import ArchiveCut, ArchiveRead, RowsRead
from spindle.shared.messages.jobs import ChainStarted, JobDelayed, JobReopened
from spindle.shared.messages.users import AccountLinked, AccountRemoved, AccountUnlinked, ConsentAged, PausesChanged

RENEW = "spindle catalogue --write docs"
"""The command that brings the checked-in files up to date."""


@dataclass(frozen=True)
class Parties:
    publish: tuple[str, ...]
    consume: tuple[str, ...]


_WORKERS = ("poll_worker", "sync_worker")

PARTIES = {
    "ask": Parties(("cli", "gateway", "scheduler", "sync_worker"), ("recorder",)),
    "control": Parties(("cli", "gateway"), ("scheduler",)),
    "control.import": Parties(("cli", "gateway", "sync_worker"), ("scheduler",)),
    "controls": Parties(("scheduler",), ("cli", "gateway", "sync_worker")),
    "dead": Parties((*_WORKERS, "recorder", "scheduler"), ("cli", "gateway")),
    "doors": Parties(("cli", "gateway", *_WORKERS), ("cli", "gateway")),
    "facts.archive": Parties(("scheduler", "sync_worker"), ("recorder",)),
    "facts.jobs": Parties((*_WORKERS, "scheduler"), ("recorder",)),
    "facts.plays": Parties(_WORKERS, ("recorder",)),
    "facts.users": Parties(("cli", "gateway", *_WORKERS, "scheduler"), ("recorder",)),
    "imports": Parties(("recorder",), ("cli", "gateway")),
    "jobs": Parties(("recorder",), ("cli", "gateway")),
    "logins": Parties(("cli", "gateway"), ("cli",)),
    "plays": Parties(("recorder",), ("cli", "gateway")),
    "sync.archive": Parties(("scheduler", "sync_worker"), ("sync_worker",)),
    "sync.initial": Parties(("scheduler", "sync_worker"), ("sync_worker",)),
    "sync.poll": Parties(("poll_worker", "scheduler"), ("poll_worker",)),
    "users.chose": Parties(("recorder",), ("cli", "gateway")),
    "users.disconnected": Parties(("recorder",), ("cli", "gateway")),
    "users.expiring": Parties(("recorder",), ("cli", "gateway")),
    "users.failing": Parties(("recorder",), ("cli", "gateway")),
    "users.linked": Parties(("recorder",), ("cli", "gateway", "scheduler")),
    "users.paused": Parties(("scheduler",), ("cli", "gateway")),
    "users.recovered": Parties(("recorder",), ("cli", "gateway")),
    "users.removed": Parties(("recorder",), ("cli", "gateway", "scheduler")),
    "users.resumed": Parties(("scheduler",), ("cli", "gateway")),
}
"""Who publishes on the subjects that begin so, and who consumes from them."""

ONLY: dict[type[Message], tuple[str, ...]] = {
    ask.AskBelongings: ("cli", "gateway"),
    ask.AskCoverage: ("cli", "gateway"),
    ask.AskGaps: ("cli", "gateway"),
    ask.AskListening: ("cli", "gateway"),
    ask.AskPlays: ("cli", "gateway"),
    ask.AskRejects: ("cli", "gateway"),
    ask.AskRepeats: ("cli", "gateway"),
    ask.AskSteps: ("cli", "gateway"),
    ask.AskTops: ("cli", "gateway"),
    ArchiveCut: ("sync_worker",),
    ArchiveRead: ("sync_worker",),
    RowsRead: ("sync_worker",),
    JobDelayed: _WORKERS,
    ChainStarted: ("scheduler",),
    JobReopened: ("scheduler",),
    ConsentAged: ("scheduler",),
    PausesChanged: ("scheduler",),
    AccountLinked: ("cli", "gateway"),
    AccountRemoved: ("cli", "gateway"),
    AccountUnlinked: _WORKERS,
    ChoicesMade: ("cli", "gateway"),
}
"""Messages that not everybody publishes who publishes on their subject."""

ANSWERS: dict[type[Message], type[Value]] = {
    ask.AskBelongings: ask.Belongings,
    ask.AskCoverage: ask.Windows,
    ask.AskGaps: ask.Gaps,
    ask.AskImports: ask.Imports,
    ask.AskJobs: ask.Jobs,
    ask.AskListening: ask.Listening,
    ask.AskPlays: ask.Plays,
    ask.AskRejects: ask.Rejects,
    ask.AskRepeats: ask.Repeats,
    ask.AskSteps: ask.Steps,
    ask.AskTops: ask.Tops,
    ask.AskUsers: ask.Users,
}
"""What a question is answered with, unless it is refused."""


def every_message() -> tuple[type[Message], ...]:
    """All whole messages, by subject."""
    for module in pkgutil.iter_modules(messages.__path__, f"{messages.__name__}."):
        importlib.import_module(module.name)
    ours = [each for each in _subclasses(Message) if each.__module__.startswith(f"{messages.__name__}.")]
    return tuple(sorted((each for each in ours if hasattr(each, "subject")), key=lambda it: (it.subject, it.__name__)))


def publishers(message: type[Message]) -> tuple[str, ...]:
    return ONLY.get(message) or parties(message.subject).publish


def consumers(message: type[Message]) -> tuple[str, ...]:
    return parties(message.subject).consume


def parties(subject: str) -> Parties:
    """Of the longest beginning in `PARTIES`. Raises `KeyError` for a subject that nobody has entered there."""
    words = subject.split(".")
    beginnings = (".".join(words[:length]) for length in range(len(words), 0, -1))
    return PARTIES[next((each for each in beginnings if each in PARTIES), subject)]


def stream(subject: str) -> StreamConfig | None:
    """The stream that keeps what is published on a subject; none for what only those hear who listen."""
    return next((each for each in STREAMS if any(covers(wide, subject) for wide in each.subjects or ())), None)


def durables(subject: str) -> tuple[str, ...]:
    """The durable consumers that are given what is published on a subject."""
    kept = stream(subject)
    known = CONSUMERS.get(str(kept.name), ()) if kept else ()
    return tuple(str(each.durable_name) for each in known if any(covers(wide, subject) for wide in _filters(each)))


def covers(wide: str, subject: str) -> bool:
    """Whether a subject with wildcards takes in another one, whose fields stand in braces."""
    if wide.endswith(".>"):
        return subject.startswith(wide.removesuffix(">"))
    pairs = list(zip(wide.split("."), subject.split("."), strict=False))
    return wide.count(".") == subject.count(".") and all(one in ("*", other) for one, other in pairs)


def first_line(thing: type) -> str:
    return (inspect.getdoc(thing) or thing.__name__).splitlines()[0]


def _filters(durable: ConsumerConfig) -> list[str]:
    return durable.filter_subjects or [str(durable.filter_subject)]


def _subclasses(kind: type[Message]) -> Iterator[type[Message]]:
    for each in kind.__subclasses__():
        yield each
        yield from _subclasses(each)
