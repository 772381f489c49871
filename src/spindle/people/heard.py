"""What somebody heard, in words: for how long, what has changed, and which day it is where they live."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from spindle.people.wording import count
from spindle.shared.messages.ask import Listener, Streak, TopRow
from spindle.shared.messages.choices import UTC_ZONE, AtLeast

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_EXACT = 100  # hours, from which on minutes do not matter


def zone(one: Listener) -> ZoneInfo:
    """Of their days."""
    return ZoneInfo(one.zone or UTC_ZONE)


def today(one: Listener, now: datetime) -> date:
    return now.astimezone(zone(one)).date()


def begins(day: date, where: ZoneInfo) -> datetime:
    """The first moment of a day, also where the clocks are put forward at midnight."""
    return datetime.combine(day, time(), where)


def listened(ms: int) -> str:
    """`40 s`, `34 min`, `12 h 34 min`, `1,234 h`."""
    seconds = ms // 1000
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    if hours >= _EXACT:
        return f"{hours:,} h"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def counted(at_least: AtLeast) -> str:
    """What counts as a play."""
    return f"{at_least} seconds or more" if at_least else "everything that was played"


def change(now: int, before: int | None) -> str:
    """`+12 %`; empty when there is nothing to compare with: that nothing is known does not say that nothing was."""
    if not before:
        return ""
    percent = round(100 * (now - before) / before)
    return f"{percent:+,} %" if percent else "as before"


def moved(row: TopRow) -> str:
    """How its place has changed: `up 3`, `down 1`, `new`; empty when it is where it was, or nobody knows."""
    if row.plays_before is None:
        return ""
    if row.rank_before is None:
        return "new"
    places = row.rank_before - row.rank
    return f"{'up' if places > 0 else 'down'} {abs(places):,}" if places else ""


def by_whom(rows: Sequence[TopRow]) -> Sequence[str]:
    """Of each, who it is by; tracks that are called the same and by the same are told apart by their albums."""
    called = Counter((row.name, row.artists) for row in rows)
    told = ((", ".join(row.artists), row.album if called[row.name, row.artists] > 1 else None) for row in rows)
    return [" · ".join(filter(None, each)) for each in told]


def streak(of: Streak) -> str:
    """`12 days`."""
    return count(of.days, "day")
