"""Facts about a step that could not be done."""

from datetime import datetime, timedelta

from spindle.shared.ids import Kind, parts
from spindle.shared.messages.jobs import JobDelayed, JobEnded, Reason, Status, Verdict
from spindle.shared.messages.plays import Step

_POLL_AFTER = timedelta(hours=2)
"""50 plays, all that Spotify keeps, fill in two hours and more (facts.md §1.5)."""
_SYNC_AFTER = timedelta(hours=6)


def delayed(step: Step, error: str, now: datetime, until: datetime) -> JobDelayed:
    """`step` is the one that waits: its attempt is already counted."""
    return JobDelayed(
        user=step.user,
        job=step.job,
        step=step.step,
        attempt=step.attempt,
        started_at=min(step.started_at, now),
        delayed_at=now,
        waiting_until=until,
        error=error,
        requests=1,
    )


def ended(
    step: Step, verdict: Verdict, now: datetime, next_poll_at: datetime | None = None, requests: int = 1
) -> JobEnded:
    return JobEnded(
        user=step.user,
        job=step.job,
        step=step.step,
        started_at=min(step.started_at, now),
        ended_at=now,
        verdict=verdict,
        requests=requests,
        next_poll_at=next_poll_at,
        retried=step.retried,
    )


def died(step: Step, why: str, now: datetime) -> JobEnded:
    """Of a step that is a dead letter now. Nobody hands over; the scheduler begins the job anew, but later: what
    brought workers down will do so again. An import is not begun anew, and keeps what it has until its letter is
    dropped."""
    kind, _ = parts(step.job)
    told = f"{why[:1].upper()}{why[1:]}; `spindle dead` lists it, and retries it when the cause is mended"
    verdict = Verdict(
        status=Status.ERROR,
        reason=Reason.DIED,
        error=told,
        waiting_until=now + _SYNC_AFTER if kind is Kind.INITIAL else None,
    )
    return ended(step, verdict, now, now + _POLL_AFTER if kind is Kind.POLL else None, requests=0)
