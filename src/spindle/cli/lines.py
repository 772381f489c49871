"""Each event as a line for people."""

from collections.abc import Mapping

from spindle.cli.events import Event
from spindle.cli.states import STOPPED
from spindle.cli.wording import clock, count
from spindle.shared.ids import now, parts
from spindle.shared.messages import Message
from spindle.shared.messages.control import ControlAnswered
from spindle.shared.messages.jobs import JobBegun, JobFailed, JobFinished, JobProgressed
from spindle.shared.messages.plays import PlaysRecorded
from spindle.shared.messages.users import UserDisconnected, UserForgotten, UserKnown, UserPaused, UserResumed


class Lines:
    """Knows listeners by name, also where an event says only their id."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)

    def of(self, happened: Event) -> str:
        """`21:03:12  alice   3 new plays: Song - Artist (153 in all)`."""
        user, message = str(happened.body.get("user", "")), happened.message
        if name := getattr(message, "name", ""):
            self._names[user] = name
        who = self._names.get(user, user[-12:])
        return f"{clock(happened.at, now())}  {who:<14} {words(message) if message else happened.subject}"


def words(message: Message) -> str:
    match message:
        case PlaysRecorded():
            return _plays(message)
        case JobFinished():
            return _end(message)
        case JobBegun() | JobProgressed():
            return _progress(message)
        case ControlAnswered():
            return f"{message.action} {'done' if message.done else 'refused'}: {message.why}"
        case _:
            return _of_listener(message)


def _of_listener(message: Message) -> str:
    match message:
        case UserKnown():
            return "linked"
        case UserDisconnected():
            return f"disconnected: {message.why}"
        case UserForgotten():
            return "removed, with everything that was recorded"
        case UserPaused():
            return f"paused: {', '.join(message.paused)}"
        case UserResumed():
            return "resumed" + (f"; still paused: {', '.join(message.paused)}" if message.paused else "")
        case _:
            return type(message).__name__


def _progress(message: JobBegun | JobProgressed) -> str:
    kind = _kind(message.job)
    if isinstance(message, JobBegun):
        return f"{kind} started"
    if message.waiting_until:
        return f"{kind} waits until {clock(message.waiting_until, now())}: {message.error or ''}"
    return f"{kind}: page {message.totals.steps}, {count(message.totals.new, 'new play')} so far"


def _plays(message: PlaysRecorded) -> str:
    latest = message.latest
    track = f": {' - '.join([latest.track, *latest.artists[:1]])}" if latest and message.new else ""
    return f"{count(message.new, 'new play')}{track} ({message.total:,} in all)"


def _end(message: JobFinished) -> str:
    verdict, totals = message.verdict, message.totals
    because = STOPPED.get(verdict.reason, verdict.reason.value) if verdict.reason else ""
    said = verdict.error or because
    word = {"success": "complete", "partial": "incomplete", "error": "FAILED"}.get(verdict.status, verdict.status.value)
    found = "" if isinstance(message, JobFailed) else f", {count(totals.new, 'new play')}"
    return f"{_kind(message.job)} {word}{found}{f': {said}' if said else ''}"


def _kind(job: str) -> str:
    kind = parts(job)[0].value
    return {"initial": "initial sync", "archive": "import"}.get(kind, kind)
