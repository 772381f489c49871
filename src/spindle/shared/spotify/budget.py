"""The budget: how many calls all processes may make together in any 30 seconds.

A generic cell rate algorithm (GCRA) without bursts: calls get turns that lie a fixed time apart. What a process does
between its turn and the call's arrival at Spotify makes calls come late, and late ones crowd the turns behind them.
So a share of the budget is left free: with a turn used at most `LATE` after its time, and turns `spacing` apart, a
window of 30 seconds holds at most 1 + (30 + LATE) / spacing calls, which is never more than the budget.
"""

from datetime import timedelta

from spindle.shared.messages import Value

WINDOW = timedelta(seconds=30)
"""Spotify's own rolling window (facts.md §2)."""

RISKY = timedelta(minutes=10)
"""Whoever must be served within that time comes again before the others do, and waits out its patience in a crowd."""
GIVES_WAY = timedelta(seconds=1)
"""So long the others wait for their turn in a crowd."""

SHARE = 0.97
LATE = timedelta(seconds=0.9)

_SECONDS = WINDOW.total_seconds()
_NO_CLOCKS = 60.0  # seconds; a book that is further ahead than any turn can be was kept by a wrong clock


class Book(Value):
    """What the bucket `pace` knows of a client id. Times are Unix seconds."""

    next_at: float = 0.0
    """The first turn that nobody has."""
    window: int = 0
    """The number of the window of 30 seconds in which the last turns lie, since 1970."""
    used: int = 0
    """Turns in it."""
    before: int = 0
    """Turns in the window before it."""
    calls: int = 0
    """The budget of whoever took the last turn: those who look need not be told what it is set to."""


def spacing(calls: int) -> float:
    """Seconds from one turn to the next."""
    return _SECONDS / (calls * SHARE)


def reserved(book: Book, wanted: int, calls: int, now: float, ahead: float) -> tuple[Book, list[float]]:
    """At most `wanted` turns, none later than `ahead` seconds from now. None: all up to there are taken."""
    apart = spacing(calls)
    first = max(book.next_at, now)
    if first > now + _NO_CLOCKS + apart:
        first = now + ahead
    if first > now + ahead:
        return book, []
    number = min(wanted, int((now + ahead - first) / apart) + 1)
    turns = [first + apart * each for each in range(number)]
    counted = _counted(book, turns)
    return counted.model_copy(update={"next_at": turns[-1] + apart, "calls": calls}), turns


def used(book: Book, now: float) -> int:
    """Turns of the last 30 seconds, about: those of the window before count as far as it still reaches."""
    window, part = divmod(now, _SECONDS)
    if book.window == int(window):
        return round(book.used + book.before * (1 - part / _SECONDS))
    return round(book.used * (1 - part / _SECONDS)) if book.window == int(window) - 1 else 0


def _counted(book: Book, turns: list[float]) -> Book:
    window = int(turns[-1] / _SECONDS)
    if window == book.window:
        return Book(window=window, used=book.used + len(turns), before=book.before)
    before = book.used if book.window == window - 1 else 0
    return Book(window=window, used=len(turns), before=before)
