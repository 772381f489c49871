"""The lines behind bars: a few round numbers, the last of which is as high as the chart."""

from collections.abc import Sequence

_LINES = 4
_ROUND = (1, 2, 5)
_MINUTE = 60_000  # milliseconds
_HOUR = 60 * _MINUTE
_SHORT = (_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE)


def of_counts(most: int) -> Sequence[int]:
    """Above nothing, up to at least the most."""
    return _up_to(most, _step(most))


def of_lengths(most: int) -> Sequence[int]:
    """The same of milliseconds: whole minutes, then whole hours."""
    fitting = (step for step in _SHORT if step * _LINES >= most)
    return _up_to(most, next(fitting, _HOUR * _step(-(-most // _HOUR))))


def _step(most: int) -> int:
    """The smallest round number of which so many are enough."""
    power = 1
    while True:
        for digit in _ROUND:
            if digit * power * _LINES >= most:
                return digit * power
        power *= 10


def _up_to(most: int, step: int) -> Sequence[int]:
    return range(step, max(step, -(-most // step) * step) + 1, step)
