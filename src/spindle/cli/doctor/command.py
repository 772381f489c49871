"""`doctor`, as it is typed: findings as a table or as JSON, and the exit code."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from spindle.cli.doctor.logic.findings import Finding, State
from spindle.cli.doctor.visit import visit
from spindle.cli.seeing import shapes, tables
from spindle.cli.wording import count

_COLOURS = {State.OK: "green", State.WARNING: "yellow", State.PROBLEM: "red"}


async def doctor(home: Path, as_json: bool) -> int:
    """1 when something is a problem, else 0."""
    found = await visit(home)
    if as_json:
        tables.lines([shapes.text([shapes.plain(asdict(one)) for one in found])])
    else:
        tables.console().print(_table(found))
        tables.say(_summary(found))
    return int(any(one.state is State.PROBLEM for one in found))


def _table(found: Sequence[Finding]) -> Table:
    """What is said of several checks alike is said once."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(max_width=20)
    table.add_column(overflow="fold")
    alike: dict[tuple[State, str, str], list[str]] = {}
    for one in found:
        alike.setdefault((one.state, one.what, one.todo), []).append(one.check)
    for (state, what, todo), checks in alike.items():
        said = escape(what) + (f"\n[bold]→ {escape(todo)}[/]" if todo else "")
        table.add_row(f"[{_COLOURS[state]}]{state.value}[/]", ", ".join(dict.fromkeys(checks)), said)
    return table


def _summary(found: Sequence[Finding]) -> str:
    """Each row of the table counts once."""
    rows = {(one.state, one.what) for one in found}
    problems = sum(state is State.PROBLEM for state, _ in rows)
    warnings = sum(state is State.WARNING for state, _ in rows)
    if not problems and not warnings:
        return "All is well."
    return f"{count(problems, 'problem')}, {count(warnings, 'warning')}."
