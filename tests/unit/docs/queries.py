"""What PromQL asks for: the samples that it names, and the labels that it wants of each."""

from collections import defaultdict
from collections.abc import Sequence

import promql_parser
from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    VectorSelector,
)

ADDED = {"instance", "job"}
"""Labels that Prometheus gives to whatever it scrapes."""

Samples = dict[str, dict[str, set[str]]]
"""By the name of a sample and of a label: what is looked for in it. Nothing, when any value will do."""


def asked(query: str) -> Samples:
    """Raises `ValueError` for what is no PromQL."""
    found: Samples = defaultdict(lambda: defaultdict(set))
    _look(promql_parser.parse(query), set(), found)
    return found


def _look(expr: object, kept: set[str], found: Samples) -> None:
    """`kept` are the labels that must still be there outside."""
    match expr:
        case VectorSelector() | MatrixSelector():
            _select(expr.vector_selector if isinstance(expr, MatrixSelector) else expr, kept, found)
        case AggregateExpr():
            said = expr.modifier
            assert said is None or said.type == AggModifierType.By, "`without` does not say what is there"
            _look(expr.expr, set(said.labels) if said else set(), found)
        case BinaryExpr():
            on = expr.modifier.matching if expr.modifier else None
            for side in (expr.lhs, expr.rhs):
                _look(side, kept.union(on.labels if on else ()), found)
        case _:
            for part in _parts(expr):
                _look(part, kept, found)


def _parts(expr: object) -> Sequence[object]:
    if isinstance(expr, Call):
        return expr.args
    if isinstance(expr, ParenExpr):
        return [expr.expr]
    assert isinstance(expr, NumberLiteral), f"nobody looks into {type(expr).__name__} yet"
    return []


def _select(selector: VectorSelector, kept: set[str], found: Samples) -> None:
    labels = found[str(selector.name)]
    for label in kept - ADDED:
        labels[label].update()
    for matcher in selector.matchers.matchers:
        if matcher.name not in ADDED:
            labels[matcher.name].update(matcher.value.split("|"))
