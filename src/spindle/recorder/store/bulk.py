"""Writing many rows at once: arrays that PostgreSQL unrolls, about a thousand rows a statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

SLICE = 1000
"""Fewer rows a statement cost round trips, more cost memory and gain nothing (tech notes §5.3)."""


def slices(rows: Sequence[T], size: int = SLICE) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
