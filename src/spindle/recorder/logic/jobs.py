"""How a job stands, from everything that was ever said of it, in whatever order it arrived."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from spindle.recorder.facts import JobFact
from spindle.shared.ids import JobId, UserId
from spindle.shared.messages.jobs import (
    ChainStarted,
    JobDelayed,
    JobEnded,
    JobReopened,
    Reason,
    Status,
    Totals,
    Verdict,
)
from spindle.shared.messages.plays import PlaysFetched


class What(StrEnum):
    """The kinds of entries."""

    STARTED = "started"
    PAGE = "page"
    DELAYED = "delayed"
    ENDED = "ended"
    REOPENED = "reopened"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one fact says of its job. Two facts with the same key are one."""

    user: UserId
    job: JobId
    step: int
    hash: str
    what: What
    started_at: datetime
    at: datetime
    attempt: int = 0
    """Of a step that was put off: how often. Of an end or a reopening: the dead letter as which the job was retried."""
    requests: int = 0
    fetched: int = 0
    new: int = 0
    duplicates: int = 0
    next_at: datetime | None = None
    """When the next poll is, or until when the job waits."""
    error: str | None = None
    verdict: Verdict | None = None

    @property
    def key(self) -> tuple[JobId, int, str]:
        return self.job, self.step, self.hash


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a job stands."""

    user: UserId
    job: JobId
    started_at: datetime
    status: Status
    totals: Totals
    reason: Reason | None = None
    error: str | None = None
    waiting_until: datetime | None = None
    finished_at: datetime | None = None
    next_at: datetime | None = None
    outcome: Verdict | None = None


def entry(fact: JobFact, new: int = 0) -> Entry:
    """The entry of a fact; `new` counts the plays of its page that were not known."""
    match fact:
        case PlaysFetched():
            return _page(fact, new)
        case ChainStarted():
            return Entry(
                user=fact.user,
                job=fact.job,
                step=0,
                hash=What.STARTED,
                what=What.STARTED,
                started_at=fact.started_at,
                at=fact.started_at,
            )
        case JobDelayed():
            return _delayed(fact)
        case JobEnded():
            return _ended(fact)
        case JobReopened():
            return _reopened(fact)


def run(entries: Collection[Entry]) -> Run:
    """How the job of these entries stands; their order does not matter."""
    first = min(entries, key=lambda each: (each.started_at, each.key))
    entries = _since_reopened(entries)
    ending, delay = _ending(entries), _delay(entries)
    stands = Run(
        user=first.user,
        job=first.job,
        started_at=first.started_at,
        status=Status.RUNNING,
        totals=_totals(entries),
        next_at=_next(entries),
    )
    if ending is not None and (verdict := ending.verdict) is not None:
        return replace(
            stands,
            status=verdict.status,
            reason=verdict.reason,
            error=verdict.error,
            waiting_until=verdict.waiting_until,
            finished_at=ending.at,
            outcome=verdict,
        )
    if delay is not None:
        return replace(stands, waiting_until=delay.next_at, error=delay.error, next_at=delay.next_at)
    return stands


def _since_reopened(entries: Collection[Entry]) -> Collection[Entry]:
    """Without the ends that a reopening has undone. Whoever ends a step knows as which letter it was retried, whatever
    the clocks say; an end at no step is told, like a reopening, by the scheduler. A success stays one."""
    last = max(
        (each for each in entries if each.what is What.REOPENED),
        key=lambda each: (each.attempt, each.at, each.key),
        default=None,
    )
    if last is None:
        return entries
    return [each for each in entries if each.what is not What.ENDED or _stands(each, last)]


def _stands(end: Entry, reopened: Entry) -> bool:
    if end.verdict and end.verdict.status is Status.SUCCESS:
        return True
    return end.attempt >= reopened.attempt if end.step else end.at >= reopened.at


def _ending(entries: Collection[Entry]) -> Entry | None:
    """The entry that ended the job.

    A page's verdict counts once all steps up to its own are there. When there are several endings (a cancel met the
    last page, or the last page was fetched twice), the last success counts, else the first of the others: a rule that
    no order of arrival can change, and by which a success stays one.
    """
    steps = _steps(entries)
    endings = [
        each
        for each in entries
        if each.verdict and (each.what is What.ENDED or sum(1 <= step <= each.step for step in steps) == each.step)
    ]
    won = [each for each in endings if each.verdict and each.verdict.status is Status.SUCCESS]
    if won:
        return max(won, key=lambda each: (each.at, each.key))
    return min(endings, key=lambda each: (each.at, each.key), default=None)


def _delay(entries: Collection[Entry]) -> Entry | None:
    """What the job waits for: the newest delay, unless its step or a later one is there."""
    reached = max(_steps(entries), default=0)
    delays = [each for each in entries if each.what is What.DELAYED and each.step > reached]
    return max(delays, key=lambda each: (each.step, each.attempt, each.key), default=None)


def _next(entries: Collection[Entry]) -> datetime | None:
    """When the next poll is. One that goes on from page to page is itself what is due, since its last page."""
    goes_on = [each for each in entries if each.what is What.PAGE and each.verdict is None]
    known = [each for each in entries if each.next_at and each.what is not What.DELAYED]
    newest = max(known + goes_on, key=lambda each: (each.at, each.key), default=None)
    return (newest.next_at or newest.at) if newest else None


def _steps(entries: Collection[Entry]) -> set[int]:
    return {each.step for each in entries if each.what is What.PAGE}


def _totals(entries: Collection[Entry]) -> Totals:
    return Totals(
        steps=len(_steps(entries)),
        requests=sum(each.requests for each in entries),
        fetched=sum(each.fetched for each in entries),
        new=sum(each.new for each in entries),
        duplicates=sum(each.duplicates for each in entries),
    )


def _page(fact: PlaysFetched, new: int) -> Entry:
    shown = len(fact.plays) if fact.shown is None else fact.shown
    return Entry(
        user=fact.user,
        job=fact.job,
        step=fact.step,
        hash=fact.hash,
        what=What.PAGE,
        started_at=fact.started_at,
        at=fact.fetched_at,
        requests=fact.requests,
        fetched=shown,
        new=new,
        duplicates=shown - new,
        next_at=fact.next_poll_at,
        verdict=fact.verdict,
    )


def _delayed(fact: JobDelayed) -> Entry:
    return Entry(
        user=fact.user,
        job=fact.job,
        step=fact.step,
        hash=f"{What.DELAYED}:{fact.attempt}",
        what=What.DELAYED,
        started_at=fact.started_at,
        at=fact.delayed_at,
        attempt=fact.attempt,
        requests=fact.requests,
        next_at=fact.waiting_until,
        error=fact.error,
    )


def _ended(fact: JobEnded) -> Entry:
    return Entry(
        user=fact.user,
        job=fact.job,
        step=fact.step,
        hash=f"{What.ENDED}:{fact.verdict.status}{f':{fact.retried}' if fact.retried else ''}",
        what=What.ENDED,
        started_at=fact.started_at,
        at=fact.ended_at,
        attempt=fact.retried,
        requests=fact.requests,
        next_at=fact.next_poll_at,
        verdict=fact.verdict,
    )


def _reopened(fact: JobReopened) -> Entry:
    return Entry(
        user=fact.user,
        job=fact.job,
        step=fact.step,
        hash=f"{What.REOPENED}:{fact.letter}",
        what=What.REOPENED,
        started_at=fact.started_at,
        at=fact.reopened_at,
        attempt=fact.letter,
    )
