"""What follows a poll that could not be made."""

import hashlib
from datetime import datetime, timedelta

from spindle.poll_worker.logic.plays import began_at, next_poll
from spindle.shared.failures import delayed, ended
from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.messages.plays import PollPlays
from spindle.shared.messages.users import AccountUnlinked
from spindle.shared.outcomes import Outcome
from spindle.shared.spotify.errors import BadClient, Disconnected, Forbidden, RateLimited, Refusal
from spindle.shared.spotify.keys import SealError

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=2)
"""50 plays, all that Spotify keeps, fill in two hours and more (facts.md §1.5)."""
HEAD_START = 5
"""Doublings that are skipped where somebody has to act: nobody mends a key, a dashboard or a subscription within a
quarter of an hour, and who has done it need not wait for hours."""
ALARM_AFTER = timedelta(days=1)

_MILLISECOND = timedelta(milliseconds=1)


def failed(step: PollPlays, error: Exception, now: datetime) -> Outcome:
    """A refused link ends the chain; a closed door delays the step, and so does an error while the poll catches up, as
    long as no newer plays can be lost by that; otherwise the poll has failed, and the next one comes later."""
    poll = step.model_copy(update={"started_at": began_at(step, now), "why": str(error), "due_at": None})
    if isinstance(error, Disconnected):
        unlinked = AccountUnlinked(user=step.user, unlinked_at=error.since or now, why=error.reason)
        verdict = Verdict(status=Status.ERROR, reason=Reason.DISCONNECTED, error=str(error))
        return Outcome(facts=(ended(poll, verdict, now), unlinked))
    if isinstance(error, RateLimited):
        return wait(poll, now, error.until or now + error.retry_after)
    at = now + retry_after(step, error)
    counted = poll.model_copy(update={"failures": step.failures + 1, "failing_since": step.failing_since or now})
    if step.before and at - poll.started_at <= LONGEST_RETRY:
        return wait(counted, now, at)
    return another_poll(counted, alarming(step), now, at)


def wait(step: PollPlays, now: datetime, until: datetime) -> Outcome:
    again = step.model_copy(update={"attempt": step.attempt + 1})
    return Outcome(facts=(delayed(again, step.why or "", now, until),), successor=again, at=until)


def another_poll(step: PollPlays, alarm: bool, now: datetime, at: datetime) -> Outcome:
    """`step` has failed, and is counted. What it has not caught up with the next one does, for `newest` stays."""
    since = step.failing_since
    verdict = Verdict(status=Status.ERROR, error=step.why, waiting_until=at, failing_since=since, alarm=alarm)
    streak = {"failures": step.failures, "failing_since": since, "alarmed": step.alarmed or alarm, "why": step.why}
    following = next_poll(step, at).model_copy(update=streak)
    return Outcome(facts=(ended(step, verdict, now, next_poll_at=at),), successor=following, at=at)


def alarming(step: PollPlays) -> bool:
    """Whether polls have failed for a day with this one, for the first time. When it was due decides: that is the same
    however often the step is delivered."""
    if step.alarmed or step.failing_since is None:
        return False
    return step.started_at - step.failing_since >= ALARM_AFTER


def retry_after(step: PollPlays, error: Exception) -> timedelta:
    """Twice as long with every failure in a row, and up to twice that, by chance: those who failed together come back
    apart, and further apart with every failure."""
    doublings = step.failures + (HEAD_START if hopeless(error) else 0)
    shortest = min(FIRST_RETRY * (1 << min(doublings, 10)), LONGEST_RETRY / 2)
    thrown = hashlib.sha256(f"{step.job}:{step.step}:{step.attempt}".encode()).digest()
    return shortest + shortest * int.from_bytes(thrown[:4]) // 2**32 // _MILLISECOND * _MILLISECOND


def hopeless(error: Exception) -> bool:
    """Whether somebody has to do something first. A 403 without a known reason may pass, as a proxy's does."""
    if isinstance(error, Forbidden):
        return error.kind not in (Refusal.UNKNOWN, Refusal.PROXY)
    return isinstance(error, BadClient | SealError)
