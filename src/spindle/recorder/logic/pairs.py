"""Which of many possible pairs to choose: as many as possible, with the least doubt, and of those the nearest."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple


class Pair(NamedTuple):
    """Positions in two lists that are sorted by time, and how well the two go together."""

    left: int
    right: int
    doubt: int
    distance: int


class _Chain(NamedTuple):
    """A choice so far: its worth, its last pair, and the choice before that."""

    worth: tuple[int, int, int]
    last: Pair
    before: "_Chain | None"


def nearest(possible: Iterable[Pair]) -> dict[int, int]:
    """The right one for each left one that gets one. One to one, and never crossing: both tell in the order of time.

    So it is the worthiest sequence of pairs that rises on both sides: n log n of the possible pairs.
    """
    reached: list[int] = []
    chains: list[_Chain] = []  # for each position on the right that was reached; who reaches further is worth more
    for _, same in groupby(sorted(possible), key=itemgetter(0)):
        for chain in [_after(reached, chains, pair) for pair in same]:
            _keep(reached, chains, chain)
    return _unwound(chains[-1]) if chains else {}


def _after(reached: list[int], chains: list[_Chain], pair: Pair) -> _Chain:
    place = bisect_left(reached, pair.right)
    before = chains[place - 1] if place else None
    pairs, certainty, nearness = before.worth if before else (0, 0, 0)
    return _Chain((pairs + 1, certainty - pair.doubt, nearness - pair.distance), pair, before)


def _keep(reached: list[int], chains: list[_Chain], chain: _Chain) -> None:
    place = bisect_right(reached, chain.last.right)
    if place and chains[place - 1].worth >= chain.worth:
        return
    first = bisect_left(reached, chain.last.right)
    beaten = bisect_right(chains, chain.worth, lo=place, key=itemgetter(0))
    reached[first:beaten] = [chain.last.right]
    chains[first:beaten] = [chain]


def _unwound(chain: _Chain | None) -> dict[int, int]:
    chosen: dict[int, int] = {}
    while chain:
        chosen[chain.last.left] = chain.last.right
        chain = chain.before
    return chosen
