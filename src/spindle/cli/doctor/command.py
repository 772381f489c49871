"""`doctor`, as it is typed: findings as a table or as JSON, and the exit code."""

from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from spindle.cli.doctor.visit import visit
from spindle.cli.seeing import tables
from spindle.people import shapes
from spindle.people.doctor.logic.findings import Finding, State, summary, told

_COLOURS = {State.OK: "green", State.WARNING: "yellow", State.PROBLEM: "red"}


async def doctor(home: Path, as_json: bool) -> int:
    """1 when something is a problem, else 0."""
    found = await visit(home)
    if as_json:
        tables.lines([shapes.text([shapes.finding(one) for one in found])])
    else:
        tables.console().print(_table(found))
        tables.say(summary(found))
    return int(any(one.state is State.PROBLEM for one in found))


def _table(found: Sequence[Finding]) -> Table:
    """What is said of several checks alike is said once."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(max_width=20)
    table.add_column(overflow="fold")
    for one in told(found):
        said = escape(one.what) + (f"\n[bold]→ {escape(one.todo)}[/]" if one.todo else "")
        table.add_row(f"[{_COLOURS[one.state]}]{one.state.value}[/]", ", ".join(one.checks), said)
    return table
