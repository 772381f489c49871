"""Simulated time: it starts where it is told, runs as fast as it is told, and can be set, advanced or frozen."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """`now` = where the clock was set + the real time since then x `speed`; a speed of 0 freezes it."""

    def __init__(
        self, start: datetime | None = None, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._speed = _checked(speed)
        self.set(start or datetime.now(UTC))

    @property
    def now(self) -> datetime:
        return self._base + timedelta(seconds=(self._monotonic() - self._since) * self._speed)

    @property
    def speed(self) -> float:
        return self._speed

    @property
    def ms(self) -> int:
        return unix_ms(self.now)

    @property
    def real_ms(self) -> int:
        """Real Unix time, for what lives in the client's time whatever the simulated clock does."""
        return time.time_ns() // 1_000_000

    def set(self, at: datetime) -> None:
        self._base = at.astimezone(UTC)
        self._since = self._monotonic()

    def advance(self, by: timedelta) -> None:
        self.set(self.now + by)

    def run(self, speed: float) -> None:
        """Go on from here at another speed."""
        now, self._speed = self.now, _checked(speed)
        self.set(now)


def _checked(speed: float) -> float:
    if not 0 <= speed <= 1_000_000:
        raise ValueError("speed must be from 0 to 1,000,000")
    return speed


def unix_ms(at: datetime) -> int:
    """Whole milliseconds, exactly: a float of seconds would lose some."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def iso(ms: int, drop_zero: bool = False) -> str:
    """`2026-11-21T10:00:00.123Z`. Spotify drops a fraction of .000 (facts.md §0, 2)."""
    text = moment(ms).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}Z" if drop_zero and ms % 1000 == 0 else f"{text}.{ms % 1000:03}Z"
