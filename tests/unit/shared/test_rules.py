"""Rules are told the time. What import contracts cannot see is looked for in their text."""

import ast
from pathlib import Path

import pytest

import spindle

LOGIC = sorted(Path(spindle.__path__[0]).glob("**/logic/*.py"))
CLOCKS = {"now", "today", "utcnow"}


def clocks(tree: ast.AST) -> list[str]:
    """Every read of a clock: `datetime.now(…)`, or `now` taken from `spindle.shared.ids`."""
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    return [each.attr for each in called if isinstance(each, ast.Attribute) and each.attr in CLOCKS] + [
        name for name in imported if name in CLOCKS
    ]


@pytest.mark.parametrize("file", LOGIC, ids=lambda file: "/".join(file.parts[-3:]))
def test_no_rule_reads_a_clock(file: Path) -> None:
    assert clocks(ast.parse(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("code", ["datetime.now(UTC)", "date.today()", "from spindle.shared.ids import new_job, now"])
def test_a_clock_would_be_seen(code: str) -> None:
    assert clocks(ast.parse(code))


def test_there_are_rules_to_look_at() -> None:
    services = {"poll_worker", "recorder", "scheduler", "simulator", "sync_worker"}

    assert {file.parts[-3] for file in LOGIC} >= {"doctor", *services}
