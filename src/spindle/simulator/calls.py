"""What was asked of the simulator: counts for ever, and a log of the latest calls."""

from collections import Counter, deque
from dataclasses import dataclass

_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """`at` is simulated, `real_at` is not; `status` is None when no answer was given."""

    at: int
    real_at: int
    method: str
    path: str
    query: str
    listener: str | None
    status: int | None
    fault: str | None


class Calls:
    def __init__(self) -> None:
        self.log: deque[Call] = deque(maxlen=_KEPT)
        self.counts: Counter[tuple[str | None, str]] = Counter()

    def add(self, call: Call) -> None:
        self.log.append(call)
        self.counts[call.listener, call.path] += 1

    def clear(self) -> None:
        self.log.clear()
        self.counts.clear()
