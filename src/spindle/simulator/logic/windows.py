"""How close together calls came: Spotify counts them in a window that rolls (facts.md §2)."""

from collections.abc import Sequence


def busiest(arrivals: Sequence[int], window: int) -> int:
    """The most that arrived within a window of this length, wherever it begins. Its end belongs to the next one."""
    most = first = 0
    for last, at in enumerate(arrivals):
        while at - arrivals[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most
