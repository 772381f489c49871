"""What is said of a topology that is not as it should be."""

import pytest

from spindle.cli.doctor.logic.findings import State
from spindle.cli.doctor.logic.topology import topology
from spindle.shared.bus.difference import Difference

LIMIT = Difference("stream facts", "max_bytes", 2**20, 2**28)
LOST = Difference("consumer recorder-facts of stream facts")
NAMED = Difference("stream facts", "description", "what is missing", "what is missing")


@pytest.mark.parametrize(
    ("differences", "strangers", "told"),
    [
        ([], [], [(State.OK, "as this Spindle wants them")]),
        ([LIMIT], [], [(State.WARNING, "The stream facts: max_bytes is 1048576, wanted 268435456.")]),
        ([NAMED], [], [(State.WARNING, "wanted what is missing.")]),
        ([LOST], [], [(State.PROBLEM, "The consumer recorder-facts of stream facts is missing.")]),
        ([], ["consumer old of stream commands"], [(State.WARNING, "consumer old of stream commands is nobody's")]),
        ([Difference("stream a"), Difference("stream b")], [], [(State.PROBLEM, "has not been prepared")]),
    ],
)
def test_of_topology(differences: list[Difference], strangers: list[str], told: list[tuple[State, str]]) -> None:
    found = topology(differences, strangers, declared=2)

    assert [one.state for one in found] == [state for state, _ in told]
    for one, (state, what) in zip(found, told, strict=True):
        assert what in one.what
        assert bool(one.todo) is (state is not State.OK)
