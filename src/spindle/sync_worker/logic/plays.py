"""What follows a page of an initial sync: the next older one, or one of the reasons to stop."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.messages.plays import PlaysFetched, Source, SyncPlays
from spindle.shared.outcomes import Outcome
from spindle.shared.pages import dead_end, proven
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed


@dataclass(frozen=True)
class Limits:
    age: timedelta
    requests: int
    rate_limits: int


def followed(step: SyncPlays, fetched: Fetched, limits: Limits, now: datetime) -> Outcome:
    """The page as a fact, and the step for the page before it; on the last page the verdict instead."""
    page = fetched.page
    requests = step.requests + fetched.requests
    stop = reason_to_stop(step, page, requests, limits, now)
    fact = PlaysFetched(
        user=step.user,
        job=step.job,
        step=step.step,
        source=Source.INITIAL,
        started_at=min(step.started_at, now),
        fetched_at=now,
        requests=fetched.requests,
        plays=page.plays,
        window=proven(step.before, page),
        verdict=Verdict(status=Status.SUCCESS, reason=stop) if stop else None,
    )
    return Outcome(facts=(fact,), successor=None if stop else older(step, page, requests))


def reason_to_stop(
    step: SyncPlays, page: RecentlyPlayed, requests: int, limits: Limits, now: datetime
) -> Reason | None:
    """Design §3."""
    if end := dead_end(step.before, page):
        return end
    if page.oldest and page.oldest < now - limits.age:
        return Reason.MAX_DAYS
    if requests >= limits.requests:
        return Reason.MAX_REQUESTS
    return None


def older(step: SyncPlays, page: RecentlyPlayed, requests: int) -> SyncPlays:
    """`before` is exclusive: the oldest time itself, since one millisecond less could skip a play (facts.md §1.1)."""
    anew = {"step": step.step + 1, "attempt": 0, "failures": 0, "why": None, "due_at": None}
    return step.model_copy(update=anew | {"before": page.oldest, "requests": requests})
