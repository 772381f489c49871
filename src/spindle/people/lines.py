"""What each event says to people: a sign, a few words, and after them why and how many."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from spindle.people.closings import closed, meanwhile, opened, reason
from spindle.people.states import STOPPED
from spindle.people.wording import clock, count, day, span
from spindle.shared.ids import Kind, parts
from spindle.shared.messages import Message
from spindle.shared.messages.choices import UserChose
from spindle.shared.messages.control import ControlAnswered
from spindle.shared.messages.doors import DoorClosed, DoorOpened
from spindle.shared.messages.imports import ImportUndone
from spindle.shared.messages.jobs import JobFailed, JobFinished, JobProgressed, JobStarted, Progress, Reason, Status
from spindle.shared.messages.plays import LatestPlay, PlaysRecorded
from spindle.shared.messages.users import (
    Left,
    UserDisconnected,
    UserExpiring,
    UserFailing,
    UserLinked,
    UserPaused,
    UserRecovered,
    UserRemoved,
    UserResumed,
)

_NAMED = 2  # artists


class Sign(StrEnum):
    """What kind of line it is, at a glance."""

    PLAYS = "♪"
    DONE = "✓"
    BROKEN = "✗"
    WAITS = "…"
    STEP = "·"
    PEOPLE = "•"


_ENDS = {Status.SUCCESS: (Sign.DONE, "complete"), Status.PARTIAL: (Sign.WAITS, "incomplete")}


@dataclass(frozen=True)
class Line:
    sign: Sign
    words: str
    more: tuple[str, ...] = ()
    """Why, how many, what next: the last parts matter least."""


def line(message: Message, at: datetime) -> Line:
    """Waits are told as they were `at` the time of the event: a timeline is read later, too."""
    match message:
        case PlaysRecorded():
            return _plays(message, at)
        case JobFinished():
            return _end(message, at)
        case JobStarted() | JobProgressed():
            return _progress(message, at)
        case ImportUndone():
            return Line(Sign.DONE, "import undone", (f"{count(message.removed, 'play')} taken back",))
        case ControlAnswered():
            sign = Sign.PEOPLE if message.done else Sign.BROKEN
            return Line(sign, f"{message.action} {'asked for' if message.done else 'refused'}", (message.why,))
        case DoorClosed():
            words = f"{closed(message.family)} {_until(message.until, at)}"
            return Line(Sign.WAITS, words, (reason(message.quota), meanwhile(message.family)))
        case DoorOpened():
            return Line(Sign.DONE, opened(message.family))
        case _:
            return _of_listener(message) or _of_trouble(message, at) or Line(Sign.STEP, type(message).__name__)


def _of_listener(message: Message) -> Line | None:
    match message:
        case UserLinked():
            return Line(Sign.PEOPLE, "linked")
        case UserDisconnected():
            return Line(Sign.BROKEN, "disconnected", (_sentence(message.why), "link the account again"))
        case UserRemoved():
            return Line(Sign.PEOPLE, "removed, with everything that was recorded")
        case UserPaused():
            return Line(Sign.PEOPLE, f"paused: {_paused(message.paused)}")
        case UserChose():
            counts = f"plays count from {message.at_least} s on" if message.at_least else "every play counts"
            return Line(Sign.PEOPLE, f"chose days of {message.zone}", (counts,))
        case UserResumed():
            return Line(Sign.PEOPLE, "resumed", (f"still paused: {_paused(message.paused)}",) if message.paused else ())
        case _:
            return None


def _of_trouble(message: Message, at: datetime) -> Line | None:
    """What somebody must act on, and the end of it."""
    match message:
        case UserFailing():
            failing = f"polls have failed for {span((at - message.since).total_seconds())}"
            return Line(Sign.BROKEN, failing, (_sentence(message.error), "somebody should look why"))
        case UserRecovered():
            return Line(Sign.DONE, "polls succeed again", (f"they had failed since {clock(message.since, at)}",))
        case UserExpiring():
            sign = Sign.BROKEN if message.left is Left.WEEK else Sign.WAITS
            return Line(sign, f"the login ends on {day(message.ends_at)}", ("link the account again before",))
        case _:
            return None


def _plays(message: PlaysRecorded, at: datetime) -> Line:
    more = [f"latest: {_track(message.latest)}"] if message.latest else []
    more.append(f"{message.total:,} in all")
    if message.next_poll_at:
        more.append(f"next poll {_in(message.next_poll_at, at)}")
    return Line(Sign.PLAYS, count(message.new, "new play"), tuple(more))


def _progress(message: JobStarted | JobProgressed, at: datetime) -> Line:
    kind = called(message.job)
    if isinstance(message, JobStarted):
        return Line(Sign.STEP, f"{kind} started")
    if message.waiting_until:
        why = (_sentence(message.error),) if message.error else ()
        return Line(Sign.WAITS, f"{kind} waits, goes on {_in(message.waiting_until, at)}", why)
    if message.progress:
        return Line(Sign.STEP, f"{kind}, {rows(message.progress)}")
    return Line(Sign.STEP, f"{kind}, page {message.totals.steps}", (f"{count(message.totals.new, 'new play')} so far",))


def _end(message: JobFinished, at: datetime) -> Line:
    verdict = message.verdict
    kind = "dry run" if verdict.reason is Reason.DRY_RUN else called(message.job)
    if isinstance(message, JobFailed):
        return Line(Sign.BROKEN, f"{kind} failed", tuple(_why(message, at)))
    sign, word = _ENDS.get(verdict.status, (Sign.BROKEN, verdict.status.value))
    return Line(sign, f"{kind} {word}", (_totals(message), *_why(message, at)))


def _totals(message: JobFinished) -> str:
    totals = message.totals
    if parts(message.job)[0] is Kind.ARCHIVE:
        return f"{totals.new:,} new of {count(totals.fetched, 'play')}"
    return f"{count(totals.new, 'new play')} on {count(totals.steps, 'page')}"


def _why(message: JobFinished, at: datetime) -> Iterator[str]:
    verdict = message.verdict
    if verdict.error:
        yield _sentence(verdict.error)
    elif verdict.reason and verdict.reason.value != verdict.status.value:
        yield STOPPED.get(verdict.reason, verdict.reason.value)
    if verdict.waiting_until:
        again = "tried again" if verdict.status is Status.ERROR else "goes on"
        yield f"{again} {_in(verdict.waiting_until, at)}"


def _track(latest: LatestPlay) -> str:
    artists = ", ".join(latest.artists[:_NAMED]) + (", …" if len(latest.artists) > _NAMED else "")
    return f"{latest.track} - {artists}" if artists else latest.track


def _in(later: datetime, at: datetime) -> str:
    return f"in {span(max(0.0, (later - at).total_seconds()))}"


def _until(later: datetime, at: datetime) -> str:
    return f"for {span(max(0.0, (later - at).total_seconds()))}, until {clock(later, at)}"


def _paused(kinds: tuple[str, ...]) -> str:
    return "everything" if "all" in kinds else ", ".join(kinds)


def rows(progress: Progress) -> str:
    """What an import does, and how far it has come in it."""
    done = {"reading": "read", "recording": "recorded"}[progress.doing]
    return f"{progress.done:,} of {count(progress.total, 'row')} {done}"


def called(job: str) -> str:
    """What people call what a job does."""
    kind = parts(job)[0].value
    return {"initial": "initial sync", "archive": "import"}.get(kind, kind)


def _sentence(text: str) -> str:
    """Without its full stop: more may follow."""
    return text.rstrip(".")
