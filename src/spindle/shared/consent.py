"""How long a listener's authorization still lasts: Spotify ends it six months after consent (facts.md §0, 5)."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

from spindle.shared.messages.users import Left

_MONTHS = 6
_FIRST, _LAST = datetime(2006, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Before the one there was no Spotify; after the other a calendar may end before the consent does."""
_MONTH, _WEEK = timedelta(days=30), timedelta(days=7)


def ends_at(linked_at: datetime, authorized_at: datetime | None = None) -> datetime:
    """Six calendar months after consent, in UTC; after the last day of August that is the last of February.

    Without `authorized_at` it is the end at the latest: whoever was linked had consented. For the same reason a consent
    that claims to be later than the link does not count as later.
    """
    began = min(linked_at, authorized_at or linked_at)
    began = min(max(began, _FIRST), _LAST).astimezone(UTC)
    months = began.month - 1 + _MONTHS
    year, month = began.year + months // 12, months % 12 + 1
    return began.replace(year=year, month=month, day=min(began.day, monthrange(year, month)[1]))


def left(ends_at: datetime, now: datetime) -> Left | None:
    """None while there is much. It may end in less than no time: until Spotify refuses, it has not ended."""
    remaining = ends_at - now
    if remaining <= _WEEK:
        return Left.WEEK
    return Left.MONTH if remaining <= _MONTH else None
