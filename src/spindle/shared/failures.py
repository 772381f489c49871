"""Facts about a step that could not be done."""

from datetime import datetime

from spindle.shared.messages.jobs import JobDelayed, JobEnded, Verdict
from spindle.shared.messages.plays import Step


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
    )
