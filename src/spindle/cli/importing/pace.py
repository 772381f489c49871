"""How fast an import goes on."""

from spindle.shared.messages.jobs import Progress


class Pace:
    """Rows a second of what is being done now, since it was first seen."""

    def __init__(self) -> None:
        self._first: Progress | None = None
        self._since = 0.0

    def rate(self, progress: Progress, at: float) -> float | None:
        """None until two looks at the same thing have been taken. `at` is a time in seconds."""
        first = self._first
        if first is None or first.doing != progress.doing or progress.done < first.done:
            self._first, self._since = progress, at
            return None
        return (progress.done - first.done) / (at - self._since) if at > self._since else None


def speed(rate: float | None) -> str:
    return "" if rate is None else f"{rate:,.0f} rows/s"
