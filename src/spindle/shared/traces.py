"""Traces, from a command to the commit of what it led to. Off unless somebody begins them: then nothing is imported.

What travels in the headers of a message goes on in the same trace. What waits for its time begins a new one, linked to
the old: a poll hands over to the next for ever, and its trace would have no end.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from nats.aio.msg import Msg

GOES_ON = "traceparent"
"""The header by which the next span is a part of the same trace, as W3C has it."""
LINKED = "tracelink"
"""The header of what is begun later: the same value, to which the new trace is only linked."""

Set = Callable[[str, object], None]
"""Notes an attribute of the span that it came with."""


class Tracing(Protocol):
    """What is done where traces are wanted; `spindle.shared.tracing` is one."""

    def handling(self, durable: str, message: Msg, about: Mapping[str, object]) -> AbstractContextManager[Set]: ...
    def together(self, durable: str, messages: Sequence[Msg]) -> AbstractContextManager[Set]: ...
    def of(self, message: Msg) -> AbstractContextManager[object]: ...
    def committing(self, durable: str) -> AbstractContextManager[Set]: ...
    def calling(self, method: str, family: str) -> AbstractContextManager[Set]: ...
    def publishing(self, subject: str) -> AbstractContextManager[Set]: ...
    def carried(self) -> str | None: ...
    def named(self) -> dict[str, str]: ...


def nobody(name: str, value: object) -> None:
    """There is no span."""


_OFF: AbstractContextManager[Set] = nullcontext(nobody)
_tracing: Tracing | None = None


def begin(tracing: Tracing | None) -> None:
    """From now on; none ends it."""
    global _tracing  # noqa: PLW0603 -- one for the process, as there is one for its logs
    _tracing = tracing


def handling(durable: str, message: Msg, about: Mapping[str, object]) -> AbstractContextManager[Set]:
    """Around the handling of one message, which is about somebody."""
    return _tracing.handling(durable, message, about) if _tracing else _OFF


def together(durable: str, messages: Sequence[Msg]) -> AbstractContextManager[Set]:
    """Around messages that are handled at once: each has a span in its own trace."""
    return _tracing.together(durable, messages) if _tracing else _OFF


def of(message: Msg) -> AbstractContextManager[object]:
    """Around what is done for one of them."""
    return _tracing.of(message) if _tracing else _OFF


def committing(durable: str) -> AbstractContextManager[Set]:
    """Around the transaction of a batch, which is linked to all whose messages are in it."""
    return _tracing.committing(durable) if _tracing else _OFF


def calling(method: str, family: str) -> AbstractContextManager[Set]:
    """Around a call of Spotify."""
    return _tracing.calling(method, family) if _tracing else _OFF


def publishing(subject: str) -> AbstractContextManager[Set]:
    """Around a publish; ask for `carried` within."""
    return _tracing.publishing(subject) if _tracing else _OFF


def carried(*, later: bool = False) -> dict[str, str]:
    """Headers for what is published in this moment."""
    here = _tracing.carried() if _tracing else None
    return {LINKED if later else GOES_ON: here} if here else {}


def named() -> dict[str, str]:
    """What a log line bears, to find its trace."""
    return _tracing.named() if _tracing else {}
