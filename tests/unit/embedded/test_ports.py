"""Ports that are chosen once and remembered."""

import pytest

from spindle.embedded import ports


@pytest.fixture
def file(tmp_path):
    return tmp_path / "ports.json"


def test_ports_are_remembered(file):
    ports.remember(file, client=1, monitor=2)

    assert ports.recall(file) == {"client": 1, "monitor": 2}


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"client": "1"}', '{"client": 99999}', '{"client": -1}'])
def test_a_damaged_memory_is_no_memory(file, damaged):
    file.write_text(damaged)

    assert ports.recall(file) == {}


def test_a_remembered_port_is_used_unless_it_is_to_be_avoided():
    port = ports.choose()

    assert ports.choose(port) == port
    assert ports.choose(port, avoid=(port,)) != port
