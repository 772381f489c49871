"""What polls would have found: listening of old, asked for at the times that a policy chooses.

The API is as strict as Spotify's: it shows the newest 50 plays that lasted 30 seconds or more, each from its end on.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from habits import SHORTEST

from spindle.poll_worker.logic.rhythm import Rhythm, learned, packed, unpacked
from spindle.poll_worker.logic.told import LATE
from spindle.poll_worker.logic.when import USUAL, Knobs, when
from spindle.shared.pages import FULL
from spindle.sync_worker.archive.members import Allowance, Refused, members
from spindle.sync_worker.archive.rows import rows
from spindle.sync_worker.logic.exports import Heard, heard, latest
from spindle.sync_worker.logic.files import package_of

Policy = Callable[[], Callable[[datetime, Sequence[datetime], int], datetime]]
"""Makes what is told of a poll (when it was made, the page's ends oldest first, how many of them are new) and says when
the next one is."""

_MINUTE = timedelta(minutes=1)
_MOST = 4 * 2**30  # bytes of an export


@dataclass(frozen=True)
class Replayed:
    calls: int
    days: int
    lost: int
    delays: Sequence[float]
    """Minutes from the end of a play to the poll that found it."""

    def quantile(self, share: float) -> float:
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    @property
    def a_day(self) -> float:
        return self.calls / self.days


def replay(ends: Sequence[datetime], policy: Policy, since: datetime | None = None) -> Replayed:
    """From the begin of the first play's day to the end of the last one's; what is before `since` does not count."""
    at, over = _midnight(ends[0]) + 7 * _MINUTE, _midnight(ends[-1]) + timedelta(days=1)
    since, following = since or _midnight(ends[0]), policy()
    calls = lost = known = 0
    delays: list[float] = []
    while at < over:
        shown = bisect_right(ends, at)
        first = max(known, shown - FULL)
        if at >= since:
            calls += 1
            lost += first - known
            delays += [(at - each) / _MINUTE for each in ends[first:shown]]
        at, known = following(at, ends[max(0, shown - FULL) : shown], shown - first), shown
    return Replayed(calls, (over - since).days, lost, delays)


def replay_again(ends: Sequence[datetime], policy: Policy) -> Replayed:
    """The same listening for the second time, whole weeks after the first: of hours of the week nobody could know more
    beforehand."""
    first_day = _midnight(ends[0])
    weeks = timedelta(weeks=(ends[-1] - first_day).days // 7 + 1)
    return replay([*(each - weeks for each in ends), *ends], policy, first_day)


def summed(found: Sequence[Replayed]) -> Replayed:
    delays = [each for one in found for each in one.delays]
    return Replayed(sum(one.calls for one in found), sum(one.days for one in found), sum(o.lost for o in found), delays)


def fixed(minutes: float) -> Policy:
    return lambda: lambda at, _page, _new: at + minutes * _MINUTE


def back_off(shortest: float, longest: float) -> Policy:
    """Half as long again after every poll that found nothing."""

    def begin() -> Callable[[datetime, Sequence[datetime], int], datetime]:
        wait = shortest

        def following(at: datetime, _page: Sequence[datetime], new: int) -> datetime:
            nonlocal wait
            wait = shortest if new else min(longest, wait * 1.5)
            return at + wait * _MINUTE

        return following

    return begin


def ours(knobs: Knobs = USUAL) -> Policy:
    """The functions that the worker runs, with the state as it travels."""

    def begin() -> Callable[[datetime, Sequence[datetime], int], datetime]:
        state, newest, polled_at = packed(Rhythm()), None, None

        def following(at: datetime, page: Sequence[datetime], _new: int) -> datetime:
            nonlocal state, newest, polled_at
            after = min(newest, polled_at - LATE) if newest and polled_at else at - timedelta(days=9_999)
            rhythm = learned(unpacked(state), [each for each in page if each > after], newest, at)
            newest, polled_at = page[-1] if page else newest, at
            state = packed(rhythm)
            return when(rhythm, newest, at, knobs=knobs).at

        return following

    return begin


def exported(place: Path) -> Sequence[datetime]:
    """The ends of the plays in an export, its folder or one of its files, as far as Spotify would have shown them."""
    files = [place] if place.is_file() else sorted(each for each in place.rglob("*") if _is_history(each))
    found = {(one.ended, one.track_id): one.to_the_minute for path in files for one in _plays(path)}
    return _apart([datetime.fromtimestamp(end + (30 if found[end, track] else 0), UTC) for end, track in sorted(found)])


def _is_history(path: Path) -> bool:
    return path.is_file() and (path.suffix.lower() == ".zip" or package_of(path.name) is not None)


def _plays(path: Path) -> Iterator[Heard]:
    with path.open("rb") as upload:
        for member in members(upload, path.name, Allowance(_MOST)):
            if isinstance(member, Refused):
                continue
            for row in rows(member.pieces):
                one = heard(row, member.package, latest(datetime.now(UTC)))
                if isinstance(one, Heard) and one.ms_played >= SHORTEST * 1000:
                    yield one


def _apart(ends: Sequence[datetime]) -> Sequence[datetime]:
    """Ends to the minute may coincide: then they lie as close as plays can."""
    placed: list[datetime] = []
    for each in ends:
        placed.append(max(each, placed[-1] + timedelta(milliseconds=1)) if placed else each)
    return placed


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(), UTC)
