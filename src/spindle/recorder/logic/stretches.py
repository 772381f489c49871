"""Where to end a portion of rows."""

from collections.abc import Sequence
from datetime import datetime


def bound(ends: Sequence[datetime], most: int) -> datetime:
    """TEMP"""
    if len(ends) < most:
        return ends[-1]
    widest = max(range(len(ends) // 2, len(ends) - 1), key=lambda n: ends[n + 1] - ends[n])
    return ends[widest]
