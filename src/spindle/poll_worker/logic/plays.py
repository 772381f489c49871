"""What follows a poll that found a page."""

from datetime import datetime, timedelta

from spindle.shared.ids import next_job
from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.messages.plays import PlaysFetched, PollPlays, Source
from spindle.shared.outcomes import Outcome, due
from spindle.shared.pages import FULL, dead_end, proven
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed

LONGEST_WAY_BACK = 40
"""Pages of one poll at most. Spotify has been three days behind (facts.md §1.4), in which a heavy listener plays some
1,500 songs; today it gives an empty page where the second one would be."""


def followed(step: PollPlays, fetched: Fetched, ready_at: datetime, interval: timedelta, now: datetime) -> Outcome:
    """The page as a fact; then the page before it, at once, or the next poll, `interval` after this one began.

    `ready_at` is when the step came into the stream.
    """
    page, end, began = fetched.page, verdict(step, fetched.page), began_at(step, now)
    next_poll_at = max(now, began + interval) if end else None
    fact = PlaysFetched(
        user=step.user,
        job=step.job,
        step=step.step,
        source=Source.POLL,
        started_at=began,
        fetched_at=now,
        requests=fetched.requests,
        plays=page.plays,
        window=proven(step.before, page),
        verdict=end,
        next_poll_at=next_poll_at,
        due_at=None if step.before else due(step, ready_at),
    )
    if next_poll_at is None:
        return Outcome(facts=(fact,), successor=older(step, page, began))
    newest = step.latest or page.newest
    return Outcome(facts=(fact,), successor=next_poll(step, next_poll_at, newest), at=next_poll_at)


def verdict(step: PollPlays, page: RecentlyPlayed) -> Verdict | None:
    """How the poll ends with this page; none when it goes on with the one before it, to meet what is known."""
    healthy = Verdict(status=Status.SUCCESS, failing_since=step.failing_since, alarm=step.alarmed)
    if met(step, page):
        return healthy
    stop = dead_end(step.before, page) or (Reason.MAX_REQUESTS if step.step >= LONGEST_WAY_BACK else None)
    return healthy.model_copy(update={"reason": stop}) if stop else None


def met(step: PollPlays, page: RecentlyPlayed) -> bool:
    """Whether nothing was left out between this page and the polls before. What lies before a listener's first poll
    is for the initial sync."""
    if step.newest is None or (page.oldest is not None and page.oldest <= step.newest):
        return True
    return step.before is None and len(page.plays) + page.unreadable < FULL


def older(step: PollPlays, page: RecentlyPlayed, began: datetime) -> PollPlays:
    """`before` is exclusive: the oldest time itself, since one millisecond less could skip a play (facts.md §1.1)."""
    further = {"step": step.step + 1, "before": page.oldest, "latest": step.latest or page.newest, "started_at": began}
    return step.model_copy(update=further | {"attempt": 0, "why": None, "due_at": None})


def next_poll(step: PollPlays, at: datetime, newest: datetime | None = None) -> PollPlays:
    """The chain's next run: a job of its own, so that every poll is seen with its own outcome."""
    return PollPlays(
        user=step.user,
        job=next_job(step.job, at),
        started_at=at,
        due_at=at,
        newest=max(filter(None, (step.newest, newest)), default=None),
    )


def began_at(step: PollPlays, now: datetime) -> datetime:
    """A poll begins with its first call: until then it says when it is due."""
    return min(step.started_at, now) if step.before else now
