"""How late polls are recorded, of many listeners together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low

from spindle.people.wording import brief
from spindle.shared.messages.ask import Listener


@dataclass(frozen=True)
class Lateness:
    half: timedelta
    """Of the listener in the middle, the median."""
    most: timedelta
    """Of the one whose polls are latest, what 95 % of them stay within."""
    whose: str
    listeners: int

    @property
    def words(self) -> str:
        whose = f" (the latest: {self.whose})" if self.listeners > 1 else ""
        return f"half of the polls are recorded within {brief(self.half)}, 95 % within {brief(self.most)}{whose}"


def lateness(everyone: Iterable[Listener]) -> Lateness | None:
    """None before anybody was polled."""
    known = [(one.poll_lag, one.name) for one in everyone if one.poll_lag]
    if not known:
        return None
    latest, whose = max(known, key=lambda one: one[0].p95)
    return Lateness(median_low(lag.p50 for lag, _ in known), latest.p95, whose, len(known))
