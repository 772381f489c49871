"""How many plays an import may bring of one hour.

Who records them looks at some hours together, so a file in which a million plays end at the same time would keep the
database busy for hours, and with it everybody's polls. The fullest second of a real export has seventy plays.
"""

MOST = 3600
"""One a second, all the time."""

_HOUR = 3600  # seconds


class Hours:
    def __init__(self) -> None:
        self._plays: dict[int, int] = {}

    def take(self, ended: int) -> bool:
        """Whether there is room for one more play that ended in this second; then it has it."""
        hour = ended // _HOUR
        plays = self._plays.get(hour, 0)
        if plays == MOST:
            return False
        self._plays[hour] = plays + 1
        return True
