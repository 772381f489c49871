"""Of the possible pairs the best are chosen: compared with all that could be chosen."""

from collections.abc import Iterable
from itertools import chain, combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.recorder.logic.pairs import Pair, nearest

PLACES = st.integers(0, 5)
POSSIBLE = st.lists(
    st.builds(Pair, PLACES, PLACES, st.integers(0, 2), st.integers(0, 9)),
    unique_by=lambda pair: (pair.left, pair.right),
    max_size=9,
)


def worth(pairs: Iterable[Pair]) -> tuple[int, int, int]:
    chosen = list(pairs)
    return len(chosen), -sum(pair.doubt for pair in chosen), -sum(pair.distance for pair in chosen)


def rises(pairs: Iterable[Pair]) -> bool:
    return all(one.left < other.left and one.right < other.right for one, other in pairwise(sorted(pairs)))


@given(POSSIBLE)
def test_no_other_choice_is_better(possible: list[Pair]) -> None:
    every = chain.from_iterable(combinations(possible, number) for number in range(len(possible) + 1))

    found = nearest(possible)

    assert worth(pair for pair in possible if found.get(pair.left) == pair.right) == max(
        map(worth, filter(rises, every))
    )
    assert rises(Pair(left, right, 0, 0) for left, right in found.items())


@pytest.mark.parametrize(
    ("possible", "chosen"),
    [
        ([], {}),
        ([Pair(0, 0, 0, 5), Pair(0, 1, 0, 4)], {0: 1}),
        ([Pair(0, 0, 0, 5), Pair(0, 1, 1, 0)], {0: 0}),
        ([Pair(0, 0, 2, 9), Pair(1, 1, 2, 9), Pair(0, 1, 0, 0)], {0: 0, 1: 1}),
        ([Pair(0, 1, 0, 0), Pair(1, 0, 0, 0)], {1: 0}),
        ([Pair(0, 0, 0, 5), Pair(0, 1, 0, 5)], {0: 0}),
    ],
)
def test_more_pairs_are_better_then_less_doubt_then_less_distance(possible: list[Pair], chosen: dict[int, int]) -> None:
    assert nearest(possible) == chosen
