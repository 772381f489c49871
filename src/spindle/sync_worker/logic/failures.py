"""What follows a step of an initial sync that could not be made."""

from datetime import datetime, timedelta

from spindle.shared.failures import delayed, ended
from spindle.shared.ids import next_job
from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.messages.plays import SyncPlays
from spindle.shared.messages.users import AccountUnlinked
from spindle.shared.outcomes import Outcome, spread
from spindle.shared.spotify.errors import Disconnected, RateLimited
from spindle.sync_worker.logic.plays import Limits

FIRST_RETRY = timedelta(seconds=10)
RETRIES = 8
"""The last of them comes about 40 minutes after the first failure."""
ANOTHER_RUN_AFTER = timedelta(hours=6)
"""A sync that failed for good is begun anew from where it stood; nobody has to remember it."""


def failed(limits: Limits, step: SyncPlays, error: Exception, now: datetime) -> Outcome:
    """Later again, while there is hope for this run; else the run ends with its reason, and another takes over."""
    if isinstance(error, Disconnected):
        unlinked = AccountUnlinked(user=step.user, unlinked_at=error.since or now, why=error.reason)
        verdict = Verdict(status=Status.ERROR, reason=Reason.DISCONNECTED, error=str(error))
        return Outcome(facts=(ended(step, verdict, now), unlinked))
    if isinstance(error, RateLimited):
        return rate_limited(step, error, limits, now)
    if step.failures >= RETRIES:
        at = now + spread(ANOTHER_RUN_AFTER, step.user)
        verdict = Verdict(status=Status.ERROR, error=str(error), waiting_until=at)
        return Outcome(facts=(ended(step, verdict, now),), successor=another_run(step, at, str(error)), at=at)
    counted = step.model_copy(update={"failures": step.failures + 1})
    return wait(counted, error, now, now + spread(FIRST_RETRY * (1 << step.failures), step.user))


def rate_limited(step: SyncPlays, error: RateLimited, limits: Limits, now: datetime) -> Outcome:
    """Too many refusals leave the sync incomplete; it goes on, as a run of its own, when the door opens."""
    until = error.until or now + error.retry_after
    counted = step.model_copy(update={"rate_limits": step.rate_limits + 1})
    if counted.rate_limits < limits.rate_limits:
        return wait(counted, error, now, until)
    verdict = Verdict(status=Status.PARTIAL, reason=Reason.RATE_LIMITED, error=str(error), waiting_until=until)
    return Outcome(facts=(ended(step, verdict, now),), successor=another_run(step, until, str(error)), at=until)


def another_run(step: SyncPlays, at: datetime, why: str) -> SyncPlays:
    return SyncPlays(user=step.user, job=next_job(step.job, at), started_at=at, before=step.before, why=why)


def wait(step: SyncPlays, error: Exception, now: datetime, until: datetime) -> Outcome:
    waits = {"attempt": step.attempt + 1, "requests": step.requests + 1, "why": str(error)}
    again = step.model_copy(update=waits)
    return Outcome(facts=(delayed(again, str(error), now, until),), successor=again, at=until)
