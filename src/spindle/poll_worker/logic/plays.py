"""What follows a poll that found a page."""

from datetime import datetime, timedelta

from spindle.shared.ids import next_job
from spindle.shared.messages.jobs import Status, Verdict
from spindle.shared.messages.plays import PlaysFetched, PollPlays, Source, Window
from spindle.shared.outcomes import Outcome
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed


def followed(step: PollPlays, fetched: Fetched, interval: timedelta, now: datetime) -> Outcome:
    """The page as a fact, and the next poll, `interval` from now."""
    page = fetched.page
    next_poll_at = now + interval
    fact = PlaysFetched(
        user=step.user,
        job=step.job,
        step=step.step,
        source=Source.POLL,
        started_at=now,
        fetched_at=now,
        requests=fetched.requests,
        plays=page.plays,
        window=proven(page),
        verdict=Verdict(status=Status.SUCCESS),
        next_poll_at=next_poll_at,
    )
    return Outcome(facts=(fact,), successor=next_poll(step, next_poll_at, newest=page.newest), at=next_poll_at)


def next_poll(step: PollPlays, at: datetime, newest: datetime | None = None, failures: int = 0) -> PollPlays:
    """The chain's next run: a job of its own, so that every poll is seen with its own outcome."""
    return PollPlays(
        user=step.user,
        job=next_job(step.job, at),
        started_at=at,
        newest=max(filter(None, (step.newest, newest)), default=None),
        failures=failures,
    )


def proven(page: RecentlyPlayed) -> Window | None:
    """What the page proves: all between its oldest and its newest play.

    Not what lies after the newest: Spotify can be hours or days behind and look just the same (facts.md §1.4). Nothing
    when an item could not be read.
    """
    if page.unreadable or page.oldest is None or page.newest is None:
        return None
    return Window(after=page.oldest, before=page.newest)
