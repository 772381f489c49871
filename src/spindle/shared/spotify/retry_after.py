"""How long to wait after a 429, whatever its Retry-After says."""

import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

WINDOW = timedelta(seconds=30)
"""What to wait without a readable header: the length of Spotify's rolling window (facts.md §2)."""

SHORTEST = timedelta(seconds=1)
"""A wait of 0 s would be refused again: calls while blocked are refused too (facts.md §2)."""

LONGEST = timedelta(hours=25)
"""The quota rolls over 24 h, 86,400 s is the longest wait seen (facts.md §2); an hour for clocks that differ."""

_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Between `SHORTEST` and `LONGEST`; none for a header that is missing, negative or no time at all."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return _bounded(float(text))
    until = _date(text)
    return None if until is None else _bounded((until - now).total_seconds())


def _bounded(seconds: float) -> timedelta:
    seconds = min(max(seconds, SHORTEST.total_seconds()), LONGEST.total_seconds())
    return timedelta(seconds=math.ceil(seconds))


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
