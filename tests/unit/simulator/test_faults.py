"""Scripted faults strike the calls that they are meant for."""

import pytest
from pydantic import ValidationError

from spindle.simulator.logic.faults import Fault, Script

_PATH = "/v1/me/player/recently-played"


def _struck(script: Script, calls: int, path: str = _PATH, listener: str | None = "ines") -> list[bool]:
    return [script.strike(path, listener) is not None for _ in range(calls)]


def test_a_fault_strikes_once_unless_told_otherwise() -> None:
    script = Script()
    script.add(Fault(kind="server"))

    assert _struck(script, 3) == [True, False, False]


def test_a_fault_can_let_calls_pass_and_strike_until_it_is_cleared() -> None:
    script = Script()
    script.add(Fault(kind="server", skip=2, times=None))

    assert _struck(script, 5) == [False, False, True, True, True]
    assert script.clear() == 1
    assert _struck(script, 1) == [False]


def test_a_fault_is_for_one_listener_and_one_family_of_paths() -> None:
    script = Script()
    script.add(Fault(kind="server", listener="ines", path="/v1/me/player", times=None))

    assert _struck(script, 1) == [True]
    assert _struck(script, 1, listener="jonas") == [False]
    assert _struck(script, 1, path="/v1/me") == [False]


def test_one_fault_can_be_cleared_alone() -> None:
    script = Script()
    first, second = script.add(Fault(kind="server")), script.add(Fault(kind="rate"))

    assert script.clear(first.id) == 1
    assert script.faults == [second]


@pytest.mark.parametrize("wrong", [{"variant": "premium"}, {"times": 0}, {"typo": 1}, {"status": 200}])
def test_a_fault_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate({"kind": "server", **wrong})
