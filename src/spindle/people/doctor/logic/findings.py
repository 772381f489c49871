"""What a check found out, in words: how it is, and what to do about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from spindle.people.wording import count

SHOWN = 20
"""So many listeners of a kind are told one by one; more are summed up."""


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Way:
    """To where a page does what there is to do, or what a command does that is told."""

    words: str
    place: str


@dataclass(frozen=True)
class Finding:
    check: str
    state: State
    what: str
    todo: str = ""
    way: Way | None = None


def ok(check: str, what: str, way: Way | None = None) -> Finding:
    return Finding(check, State.OK, what, way=way)


def warning(check: str, what: str, todo: str, way: Way | None = None) -> Finding:
    return Finding(check, State.WARNING, what, todo, way)


def problem(check: str, what: str, todo: str, way: Way | None = None) -> Finding:
    return Finding(check, State.PROBLEM, what, todo, way)


def unseen(check: str, why: str) -> Finding:
    """A check that could not be made."""
    return warning(check, f"This could not be looked at: {why}.", "Ask again when that is mended.")


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """In the order in which they were made within each state."""
    order = (State.PROBLEM, State.WARNING, State.OK)
    return sorted(findings, key=lambda one: order.index(one.state))


def listed(names: Sequence[str], shown: int = SHOWN) -> str:
    """`ada, bob`; of many only the first."""
    more = len(names) - shown
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:shown])} and {more:,} more"


@dataclass(frozen=True)
class Told:
    """What several checks say alike, said once."""

    state: State
    what: str
    todo: str
    way: Way | None
    checks: tuple[str, ...]


def told(found: Iterable[Finding]) -> list[Told]:
    """In the order in which they come."""
    alike: dict[tuple[State, str, str, Way | None], list[str]] = {}
    for one in found:
        alike.setdefault((one.state, one.what, one.todo, one.way), []).append(one.check)
    return [Told(*same, tuple(dict.fromkeys(checks))) for same, checks in alike.items()]


def summary(found: Iterable[Finding]) -> str:
    """`2 problems, 1 warning.`"""
    rows = {(one.state, one.what) for one in found}
    problems = sum(state is State.PROBLEM for state, _ in rows)
    warnings = sum(state is State.WARNING for state, _ in rows)
    if not problems and not warnings:
        return "All is well."
    return f"{count(problems, 'problem')}, {count(warnings, 'warning')}."
