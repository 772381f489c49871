"""How late polls are: from the time when they are due until what they found is in the database."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from spindle.shared.messages.ask import PollLag

KEPT = 100
"""The newest of a listener: the polls of some hours, up to a day."""

_MS = timedelta(milliseconds=1)
_LATEST = 2**31 - 1
"""Milliseconds: 24 days, and what a column of integers holds. Only a clock that is wrong tells of more."""


def more(so_far: Sequence[int], due: Iterable[datetime], committed_at: datetime) -> tuple[int, ...]:
    """In milliseconds, the newest last. Nothing is done before it is due: where it looks so, two clocks differ."""
    late = ((committed_at - at) // _MS for at in due)
    return (*so_far, *(min(max(each, 0), _LATEST) for each in late))[-KEPT:]


def poll_lag(lags: Sequence[int]) -> PollLag | None:
    """Percentiles by nearest rank: each is a lag that a poll had. None before the first poll."""
    if not lags:
        return None
    ordered = [timedelta(milliseconds=each) for each in sorted(lags)]
    return PollLag(p50=_percentile(ordered, 50), p95=_percentile(ordered, 95), polls=len(ordered))


def _percentile(ordered: Sequence[timedelta], percent: int) -> timedelta:
    return ordered[math.ceil(percent * len(ordered) / 100) - 1]
