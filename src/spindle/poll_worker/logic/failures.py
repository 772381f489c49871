"""What follows a poll that could not be made."""

from datetime import datetime, timedelta

from spindle.poll_worker.logic.plays import next_poll
from spindle.shared.failures import delayed, ended
from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.messages.plays import PollPlays
from spindle.shared.messages.users import AccountUnlinked
from spindle.shared.outcomes import Outcome, spread
from spindle.shared.spotify.errors import Disconnected, RateLimited

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=2)
"""50 plays, all that Spotify keeps, fill in two hours and more (facts.md §1.5)."""


def failed(step: PollPlays, error: Exception, now: datetime) -> Outcome:
    """A refused link ends the chain; a closed door delays the poll; after any other error the next one comes later."""
    poll = step.model_copy(update={"started_at": now})
    if isinstance(error, Disconnected):
        unlinked = AccountUnlinked(user=step.user, unlinked_at=error.since or now, why=error.reason)
        verdict = Verdict(status=Status.ERROR, reason=Reason.DISCONNECTED, error=str(error))
        return Outcome(facts=(ended(poll, verdict, now), unlinked))
    if isinstance(error, RateLimited):
        until = error.until or now + error.retry_after
        again = poll.model_copy(update={"attempt": step.attempt + 1, "why": str(error), "due_at": None})
        return Outcome(facts=(delayed(again, str(error), now, until),), successor=again, at=until)
    at = now + spread(retry_after(step.failures), step.user)
    verdict = Verdict(status=Status.ERROR, error=str(error), waiting_until=at)
    following = next_poll(step, at, failures=step.failures + 1)
    return Outcome(facts=(ended(poll, verdict, now, next_poll_at=at),), successor=following, at=at)


def retry_after(failures: int) -> timedelta:
    """Twice as long with every failure in a row."""
    return min(FIRST_RETRY * (1 << min(failures, 10)), LONGEST_RETRY)
