"""What is said of a topology that is not as it should be."""

import pytest

from spindle.people.doctor.logic.findings import State
from spindle.people.doctor.logic.topology import copies, topology
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


def test_a_node_without_its_copies_is_told() -> None:
    found = copies({"nats-3": 2, "nats-2": 1})

    assert [one.state for one in found] == [State.WARNING, State.WARNING]
    assert found[0].what == "Node nats-2 is away or has not caught up: 1 stream without its copy."
    assert found[1].what == "Node nats-3 is away or has not caught up: 2 streams without its copy."
    assert copies({}) == []
