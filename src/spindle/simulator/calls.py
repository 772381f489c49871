"""What was asked of the simulator: counts and arrivals for ever, and a log of the latest calls."""

import heapq
from array import array
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass

_KEPT = 10_000


@dataclass(slots=True)
class Call:
    """`at` is when it arrived in simulated time, `real_at` in real time.

    `status` is None until it is answered: for ever, when no answer was given.
    """

    at: int
    real_at: int
    method: str
    path: str
    query: str
    listener: str | None
    status: int | None
    fault: str | None


class Calls:
    """A call counts from its arrival on, so that one that still hangs is seen."""

    def __init__(self) -> None:
        self.log: deque[Call] = deque(maxlen=_KEPT)
        self.counts: Counter[tuple[str | None, str]] = Counter()
        self._arrivals: dict[str, array[int]] = {}

    def add(self, call: Call) -> None:
        self.log.append(call)
        self.counts[call.listener, call.path] += 1
        self._arrivals.setdefault(call.path, array("q")).append(call.real_at)

    def arrivals(self, path: str, since: int) -> Iterator[int]:
        """When calls to paths that begin with this arrived, in real milliseconds, oldest first."""
        asked = [times for name, times in self._arrivals.items() if name.startswith(path)]
        return (at for at in heapq.merge(*asked) if at >= since)

    def clear(self) -> None:
        self.log.clear()
        self.counts.clear()
        self._arrivals.clear()
