"""How long a fact of a listener whom nobody knows is kept: their link may still be on its way."""

from datetime import timedelta

_SOONEST, _LATEST = timedelta(milliseconds=200), timedelta(seconds=30)


def retry_after(age: timedelta, patience: timedelta) -> timedelta | None:
    """When to look again, later and later; none when the fact is too old."""
    if age >= patience:
        return None
    return min(max(age, _SOONEST), _LATEST, max(patience - age, _SOONEST))
