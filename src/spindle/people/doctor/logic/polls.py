"""Polls: is there one for everybody who should be polled, and did the last one come when it was due?"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from spindle.people.doctor.logic.findings import SHOWN, Finding, listed, ok, problem, warning
from spindle.people.wording import brief, count, span
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.ask import Listener

CHECK = "polls"

OVERDUE = timedelta(minutes=5)
LATE = timedelta(minutes=1)
"""So long after its time one of twenty polls may be recorded: anything that has to be waited for may do that once."""
JUST_LINKED = timedelta(minutes=1)

_NOBODY = "There is nobody to be polled yet."
_HEALS = "The scheduler puts it back within two minutes; if not, look at whether it runs."
_RUNS = "Look at whether the poll worker and the recorder run, and how far they are behind."
_FASTER = "Look at the checks `budget`, `services` and `lag`: calls, poll workers or recorders may be too few."


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
    found += _lags(wanted)
    return found or [ok(CHECK, f"No poll is overdue, of {count(len(wanted), 'listener')}." if wanted else _NOBODY)]


def _lags(wanted: Sequence[Listener]) -> list[Finding]:
    slow = {one.name: one.poll_lag for one in wanted if one.poll_lag and one.poll_lag.p95 > LATE}
    one_by_one = [
        f"One in twenty polls of {name} is recorded more than {brief(lag.p95)} after it was due, half of them "
        f"{brief(lag.p50)} (of the last {lag.polls})."
        for name, lag in slow.items()
    ]
    summed = f"Polls of {count(len(slow), 'listener')} are recorded late: {listed(list(slow))}."
    return [warning(CHECK, what, _FASTER) for what in (one_by_one if len(one_by_one) <= SHOWN else [summed])]


def _told(one_by_one: Sequence[str], summed: str, todo: str) -> list[Finding]:
    return [problem(CHECK, what, todo) for what in (one_by_one if len(one_by_one) <= SHOWN else [summed])]


def _should_be_polled(one: Listener, now: datetime) -> bool:
    paused = "all" in one.paused or Kind.POLL in one.paused
    return one.disconnected_at is None and not paused and now - one.linked_at > JUST_LINKED


def _late(one: Listener, now: datetime) -> timedelta:
    """Before the first poll has told when the next one is due, it is due since the link."""
    return now - (one.next_poll_at or one.linked_at)
