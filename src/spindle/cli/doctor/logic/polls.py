"""Polls: is there one for everybody who should be polled, and did the last one come when it was due?"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from spindle.cli.doctor.logic.findings import SHOWN, Finding, listed, ok, problem
from spindle.cli.wording import count, span
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.ask import Listener

CHECK = "polls"

OVERDUE = timedelta(minutes=5)
JUST_LINKED = timedelta(minutes=1)

_NOBODY = "There is nobody to be polled yet."
_HEALS = "The scheduler puts it back within two minutes; if not, look at whether it runs."
_RUNS = "Look at whether the poll worker and the recorder run, and how far they are behind."


def polls(everyone: Sequence[Listener], held: Collection[UserId], closed: bool, now: datetime) -> list[Finding]:
    """`held`: who has a poll in the mailbox. Behind a door that is `closed` polls wait for it, and are not overdue."""
    wanted = [one for one in everyone if _should_be_polled(one, now)]
    lost = [one for one in wanted if one.user not in held]
    late = [] if closed else [one for one in wanted if one.user in held and _late(one, now) > OVERDUE]
    found = _told(
        [f"No poll of {one.name} is to be done, now or later." for one in lost],
        f"No poll is to be done of {count(len(lost), 'listener')}: {listed([one.name for one in lost])}.",
        _HEALS,
    ) + _told(
        [f"The poll of {one.name} has been due for {span(_late(one, now).total_seconds())}." for one in late],
        f"The polls of {count(len(late), 'listener')} are overdue: {listed([one.name for one in late])}.",
        _RUNS,
    )
    return found or [ok(CHECK, f"No poll is overdue, of {count(len(wanted), 'listener')}." if wanted else _NOBODY)]


def _told(one_by_one: Sequence[str], summed: str, todo: str) -> list[Finding]:
    return [problem(CHECK, what, todo) for what in (one_by_one if len(one_by_one) <= SHOWN else [summed])]


def _should_be_polled(one: Listener, now: datetime) -> bool:
    paused = "all" in one.paused or Kind.POLL in one.paused
    return one.disconnected_at is None and not paused and now - one.linked_at > JUST_LINKED


def _late(one: Listener, now: datetime) -> timedelta:
    """Before the first poll has told when the next one is due, it is due since the link."""
    return now - (one.next_poll_at or one.linked_at)
