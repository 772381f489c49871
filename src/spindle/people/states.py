"""What a listener's recording is doing, in one word for programs and one sentence for people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from spindle.people import advice
from spindle.people.closings import closing, meanwhile
from spindle.people.limits import Limits
from spindle.people.wording import brief, clock, count, distance, here, local, span
from spindle.shared.messages.ask import ImportRow, InitialSync, Listener, PollLag
from spindle.shared.messages.jobs import Reason
from spindle.shared.spotify.door import Door, Family

_MOMENT = timedelta(seconds=30)
"""Longer than a poll takes, with everything that it has to wait for on an ordinary day."""
_OVERDUE = timedelta(minutes=5)
"""So long after its time a poll is not just waiting its turn: the scheduler heals it, if it runs."""

STOPPED = {
    Reason.EMPTY_PAGE: "Spotify has no older plays to give: it keeps about 50",
    Reason.NO_PROGRESS: "Spotify gave the same page again",
    Reason.MAX_DAYS: "as far back as SPINDLE_INITIAL_SYNC_MAX_DAYS allows",
    Reason.MAX_REQUESTS: "as many pages as SPINDLE_INITIAL_SYNC_MAX_REQUESTS allows",
    Reason.RATE_LIMITED: "Spotify asked us too often to wait; the rest is fetched later",
    Reason.DRY_RUN: "nothing was changed",
}
"""Why an initial sync stopped (design §3), or what an import was, for people."""


class State(StrEnum):
    IDLE = "idle"
    POLLING = "polling"
    SYNCING = "syncing"
    IMPORTING = "importing"
    WAITING = "waiting"
    PAUSED = "paused"
    DISCONNECTED = "disconnected"
    ERROR = "error"


URGENT = (State.DISCONNECTED, State.ERROR, State.PAUSED, State.WAITING)
"""What stands first in a table: problems."""


@dataclass(frozen=True)
class Doing:
    state: State
    why: str


def doing(listener: Listener, limits: Limits, now: datetime, running: ImportRow | None = None) -> Doing:
    """The first that applies, the gravest first. `running` is the import of theirs that is not over."""
    door = limits.shut(Family.HISTORY, now)
    return (
        _disconnected(listener)
        or _paused(listener)
        or _failed(listener, now)
        or _importing(running)
        or _syncing(listener.initial_sync, door, now)
        or _waiting(listener.initial_sync, door, now)
        or _late(listener, limits, now)
        or _polling(listener, now)
    )


def proven(listener: Listener) -> str:
    """How far back every play is known, and what is missing in between."""
    known = listener.coverage
    if known is None:
        return f"Nothing is proven of {listener.name} yet: the first page of plays does that."
    complete = f"Every play from {local(known.after)} to {local(known.before)} is recorded"
    if not known.gaps:
        return f"{complete}: there are no gaps."
    return f"{complete}, but for {count(known.gaps, 'gap')} ({span(known.missing.total_seconds())} in all)."


def lagging(lag: PollLag) -> str:
    """How long after their time polls are recorded."""
    half, most = brief(lag.p50), brief(lag.p95)
    of = f"of the last {count(lag.polls, 'poll')}" if lag.polls > 1 else "of one poll so far"
    return f"Polls are recorded {half} after they are due, 95 % of them within {most} ({of})."


def initial(first: InitialSync, now: datetime) -> str:
    """How an initial sync stands, in a word or two."""
    if first.running:
        return "waiting" if first.waiting_until and first.waiting_until > now else "running"
    if first.completed_at:
        return "complete"
    if first.waiting_until:
        return f"goes on {distance(first.waiting_until, now)}"
    return "failed" if first.error else "not started" if first.started_at is None else "incomplete"


def _disconnected(listener: Listener) -> Doing | None:
    if listener.disconnected_at is None:
        return None
    said = f" ({listener.disconnected_why})" if listener.disconnected_why else ""
    return Doing(State.DISCONNECTED, f"Spotify no longer accepts the login{said}: link the account again")


def _paused(listener: Listener) -> Doing | None:
    if not listener.paused:
        return None
    if "all" in listener.paused:
        return Doing(State.PAUSED, "everything is paused until it is resumed")
    return Doing(State.PAUSED, f"paused until resumed: {', '.join(sorted(listener.paused))}")


def _failed(listener: Listener, now: datetime) -> Doing | None:
    if listener.poll_error:
        since = listener.failing_since
        how = f"polls have failed since {clock(since, now)}" if since else "the last poll failed"
        why = f"{how}: {listener.poll_error.rstrip('.')}{_again(listener, now)}"
        todo = advice.todo(listener.poll_error)
        return Doing(State.ERROR, f"{why}. {todo}" if todo else why)
    first = listener.initial_sync
    if first.error and not (first.running or first.waiting_until or first.completed_at):
        return Doing(State.ERROR, f"the initial sync failed: {first.error}")
    return None


def _again(listener: Listener, now: datetime) -> str:
    due = listener.next_poll_at
    return f"; the next try is in {_until(due, now)}" if due and due > now else ""


def _importing(running: ImportRow | None) -> Doing | None:
    if running is None:
        return None
    what = "importing, as a dry run" if running.dry_run else "importing"
    return Doing(State.IMPORTING, f"{what}: {_so_far(running)}")


def _so_far(running: ImportRow) -> str:
    """Rows that are no plays of a track are counted before anything is recorded."""
    buckets = running.buckets
    recorded = buckets.new + buckets.merged + buckets.duplicate + buckets.short
    if recorded:
        return f"{recorded:,} of {count(running.rows - buckets.rows + recorded, 'row')} recorded"
    return f"{count(running.rows, 'row')} to be read" if running.rows else "the files are being read"


def _syncing(first: InitialSync, door: Door | None, now: datetime) -> Doing | None:
    waits = first.waiting_until is not None and first.waiting_until > now
    if not first.running or waits or door:
        return None
    back = f", back to {here(first.earliest_played_at):%Y-%m-%d %H:%M}" if first.earliest_played_at else ""
    return Doing(State.SYNCING, f"the initial sync reads what was played before{back}")


def _waiting(first: InitialSync, door: Door | None, now: datetime) -> Doing | None:
    if door:
        return Doing(State.WAITING, f"{closing(door, now)}; {meanwhile(door.family)}")
    if first.waiting_until and first.waiting_until > now:
        because = f": {first.error}" if first.error else ""
        return Doing(State.WAITING, f"the initial sync goes on in {_until(first.waiting_until, now)}{because}")
    return None


def _late(listener: Listener, limits: Limits, now: datetime) -> Doing | None:
    """A poll that is due waits for something that is known: nobody has to look for a reason."""
    due = listener.next_poll_at
    if due is None or due > now:
        return None
    since = f"a poll has been due for {_until(now, due)}"
    if now - due > _MOMENT and (door := limits.shut(Family.TOKENS, now)):
        return Doing(State.WAITING, f"{since}, and may need a new token: {closing(door, now)}")
    if limits.budget and limits.budget.full and now - due > _OVERDUE:
        return Doing(State.WAITING, f"{since}: the budget of {count(limits.budget.calls, 'call')} in 30 s is used up")
    return None


def _polling(listener: Listener, now: datetime) -> Doing:
    due = listener.next_poll_at
    if due is None:
        return Doing(State.IDLE, "no poll has been made yet: the first one is about to start")
    if due > now:
        because = f": {listener.next_poll_why}" if listener.next_poll_why else ""
        return Doing(State.IDLE, f"the next poll is in {_until(due, now)}{because}")
    if now - due > _OVERDUE:
        return Doing(State.POLLING, f"a poll has been due for {_until(now, due)}: is the poll worker running?")
    return Doing(State.POLLING, "a poll is due now")


def _until(later: datetime, earlier: datetime) -> str:
    return span((later - earlier).total_seconds())
