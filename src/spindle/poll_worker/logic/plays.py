"""What follows a poll that found a page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from spindle.poll_worker.logic.rhythm import learned, packed, unpacked
from spindle.poll_worker.logic.told import remembered, untold
from spindle.poll_worker.logic.when import Next, fixed, when
from spindle.shared.ids import next_job
from spindle.shared.messages.jobs import Reason, Status, Verdict
from spindle.shared.messages.plays import Play, PlaysFetched, PollPlays, Source, Window
from spindle.shared.outcomes import Outcome, due
from spindle.shared.pages import FULL, dead_end, proven
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed

LONGEST_WAY_BACK = 40
"""Pages of one poll at most. Spotify has been three days behind (facts.md §1.4), in which a heavy listener plays some
1,500 songs; today it gives an empty page where the second one would be."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page, and `after` what time it was asked for."""

    fetched: Fetched
    after: datetime | None = None

    @property
    def page(self) -> RecentlyPlayed:
        return self.fetched.page


def followed(step: PollPlays, seen: Seen, ready_at: datetime, interval: timedelta | None, now: datetime) -> Outcome:
    """The page as a fact; then the page before it, at once, or the next poll: `interval` after this one began, or when
    the listener's habits say.

    `ready_at` is when the step came into the stream.
    """
    page, end, began = seen.page, verdict(step, seen.page), began_at(step, now)
    plays = fresh(step, seen)
    step = wiser(step, seen, now)
    following = next_time(step, page, began, interval) if end else None
    next_poll_at = max(now, following.at) if following else None
    fact = PlaysFetched(
        user=step.user,
        job=step.job,
        step=step.step,
        source=Source.POLL,
        started_at=began,
        fetched_at=now,
        requests=seen.fetched.requests,
        plays=plays,
        shown=None if len(plays) == len(page.plays) else len(page.plays),
        window=window(step, seen, plays),
        verdict=end,
        next_poll_at=next_poll_at,
        next_poll_why=following.why if following else None,
        due_at=None if step.before else due(step, ready_at),
    )
    if next_poll_at is None or following is None:
        return Outcome(facts=(fact,), successor=older(step, page, began))
    successor = next_poll(step, next_poll_at, step.latest or page.newest)
    return Outcome(
        facts=(fact,), successor=successor.model_copy(update={"full_at": following.full_at}), at=next_poll_at
    )


def fresh(step: PollPlays, seen: Seen) -> tuple[Play, ...]:
    """The plays to be told: not again what the chain has told, but all of them when the newest were asked for without a
    cursor, which is seldom."""
    is_whole = step.before is None and seen.after is None
    return seen.page.plays if is_whole else untold(step.told, seen.page.plays)


def window(step: PollPlays, seen: Seen, plays: Collection[Play]) -> Window | None:
    """What the page proves with the plays that are told of it. What lies before those that are not is proven by the
    fact that told them: if nobody records that, people must see the gap."""
    whole = proven(step.before, seen.page, seen.after)
    told = {play.played_at for play in plays}
    since = max((play.played_at for play in seen.page.plays if play.played_at not in told), default=None)
    if whole is None or since is None:
        return whole
    return Window(after=max(whole.after, since), before=whole.before) if since < whole.before else None


def wiser(step: PollPlays, seen: Seen, now: datetime) -> PollPlays:
    """With what is known after the page. Of a poll's pages the next poll may see but the first again."""
    plays = seen.page.plays
    rhythm = packed(learned(unpacked(step.rhythm), [play.played_at for play in plays], step.newest, now))
    if step.before:
        return step.model_copy(update={"rhythm": rhythm})
    whole_at = step.whole_at if seen.after else now
    known = {"told": remembered(step.told, plays), "polled_at": now, "whole_at": whole_at}
    return step.model_copy(update=known | {"rhythm": rhythm})


def next_time(step: PollPlays, page: RecentlyPlayed, began: datetime, interval: timedelta | None) -> Next:
    rhythm, newest = unpacked(step.rhythm), _newer(step.newest, step.latest or page.newest)
    if interval is not None:
        return fixed(rhythm, began, interval)
    return when(rhythm, newest, began, short_by(step, began))


def short_by(step: PollPlays, began: datetime) -> timedelta:
    """How long the budget of calls has put the poll off: nothing else does that and leaves it due when it was."""
    is_put_off = step.why is not None and step.due_at is not None and not step.failures
    return began - step.due_at if is_put_off and step.due_at else timedelta()


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
        newest=_newer(step.newest, newest),
        rhythm=step.rhythm,
        told=step.told,
        polled_at=step.polled_at,
        whole_at=step.whole_at,
        full_at=step.full_at,
    )


def _newer(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def began_at(step: PollPlays, now: datetime) -> datetime:
    """A poll begins with its first call: until then it says when it is due."""
    return min(step.started_at, now) if step.before else now
