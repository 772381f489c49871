"""How much room is enough."""

import pytest

from spindle.people.doctor.logic.disk import Disk, Limit, Store, disk, limits
from spindle.people.doctor.logic.findings import State
from spindle.sizes import size

OK, WARNING, PROBLEM = State.OK, State.WARNING, State.PROBLEM
MB, GB = 2**20, 2**30


@pytest.mark.parametrize(
    ("free", "store", "states"),
    [
        (50 * GB, None, [OK]),
        (50 * GB, Store(1 * GB, 25 * GB), [OK]),
        (GB - 1, None, [WARNING]),
        (255 * MB, None, [PROBLEM]),
        (10 * GB, Store(0, 11 * GB), [WARNING]),
        (10 * GB, Store(2 * GB, 11 * GB), [OK]),  # what it has taken needs no room any more
        (100 * MB, Store(0, 11 * GB), [PROBLEM, WARNING]),
        (50 * GB, Store(9 * GB, 10 * GB), [WARNING]),
        (50 * GB, Store(10 * GB, 10 * GB), [PROBLEM]),
    ],
)
def test_of_the_disk(free: int, store: Store | None, states: list[State]) -> None:
    assert [one.state for one in disk(Disk("~/.spindle", free, 100 * GB), store)] == states


@pytest.mark.parametrize(
    ("used", "limit", "states"),
    [
        (0, 100, []),
        (79, 100, []),
        (80, 100, [WARNING]),
        (97, 100, [WARNING]),
        (98, 100, [PROBLEM]),
        (120, 100, [PROBLEM]),
        (100, -1, []),
        (100, 0, []),
    ],
)
def test_of_a_limit(used: int, limit: int, states: list[State]) -> None:
    assert [one.state for one in limits([Limit("The stream facts", used * MB, limit * MB)])] == states


def test_what_is_full_is_named_with_its_sizes() -> None:
    [told] = limits([Limit("The stream facts", 250 * MB, 256 * MB), Limit("The stream control", 0, 8 * MB)])

    assert told.what == "The stream facts is 98% full: 250 MB of 256 MB."


@pytest.mark.parametrize(
    ("of", "said"), [(0, "0 bytes"), (2048, "2.0 kB"), (3 * MB, "3.0 MB"), (5 * GB // 2, "2.5 GB"), (2**41, "2.0 TB")]
)
def test_sizes_are_written_for_people(of: int, said: str) -> None:
    assert size(of) == said
