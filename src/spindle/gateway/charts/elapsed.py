"""Time from left to right, in percent: where everybody only waits for long, the scale is broken, so that hours beside
seconds leave the seconds readable."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LONG = 0.12  # of all the time in which something is done
_BREAKS, _BREAK = 36.0, 9.0  # percent that all breaks may take, and that one may

Span = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """Of points that are known, between which it is straight."""

    points: Sequence[Span]
    """Seconds and percent, both ascending."""
    breaks: Sequence[Span]
    """In seconds."""

    def at(self, seconds: float) -> float:
        for (before, left), (after, right) in pairwise(self.points):
            if seconds <= after:
                share = (seconds - before) / (after - before) if after > before else 0.0
                return round(left + max(0.0, share) * (right - left), 3)
        return 100.0


def scale(busy: Iterable[Span], total: float) -> Scale:
    """Of everything between 0 and `total` seconds; `busy` is when something is done, whoever does it."""
    idle = _between(sorted(busy), total)
    done = total - sum(end - begin for begin, end in idle)
    breaks = [(begin, end) for begin, end in idle if end - begin > max(1.0, _LONG * done)]
    width = min(_BREAK, _BREAKS / len(breaks)) if breaks else 0.0
    straight = total - sum(end - begin for begin, end in breaks)
    each = (100 - width * len(breaks)) / straight if straight > 0 else 0.0
    points, at, percent = [(0.0, 0.0)], 0.0, 0.0
    for begin, end in breaks:
        percent += (begin - at) * each
        points += [(begin, percent), (end, percent + width)]
        at, percent = end, percent + width
    return Scale([*points, (total, 100.0)], breaks)


def _between(busy: Sequence[Span], total: float) -> Sequence[Span]:
    """When nothing is done."""
    found, at = [], 0.0
    for begin, end in busy:
        if begin > at:
            found.append((at, begin))
        at = max(at, end)
    return [*found, (at, total)] if total > at else found
