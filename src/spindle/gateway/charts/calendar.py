"""Calendars: a year as its months, a month as weeks of seven days, each day with a mark that says how it is.

A dozen years have thousands of days, and a browser takes a second for as many elements: so all days of a month that
are alike are one shape. Of a year that is opened each day is a link, for pointers and for screen readers, which list
them; nobody wants to press the tab key so often, so whoever comes with a keyboard finds the same in tables.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup

Marks = Mapping[date, tuple[str, str]]
"""The mark of a day, and what it says."""

_PLACE, _SIZE, _DAYS = 11, 9, 7
_WIDTH = _DAYS * _PLACE - (_PLACE - _SIZE)
_SQUARE, _FRAME = "h9v9h-9z", "m.5.5h8v8h-8z"
_SHAPES: Mapping[str, Sequence[tuple[str, str]]] = {
    "complete": (("filled", _SQUARE),),
    "imported": (("filled", "h4.5l4.5 4.5v4.5h-9z"),),
    "partial": (("framed", _FRAME), ("filled", "m.5.5v8h8z")),
    "gap": (("framed", f"{_FRAME}m2.2 2.2l3.6 3.6m0-3.6l-3.6 3.6"),),
    "beyond": (("filled", "m4 4h1.4v1.4h-1.4z"),),
}
"""Of each mark, with nothing that only a colour tells."""

_SHAPE = Markup('<path class="is-{name} {how}" d="{drawn}"/>')
_DAY = Markup(
    '<a href="{place}/{day}" tabindex="-1"><title>{number} {month}: {words}</title>'
    '<rect class="place" x="{x}" y="{y}" width="9" height="9"/></a>'
)
_MONTH = Markup('<svg class="month" viewBox="0 0 {width} {height}" role="{role}" aria-label="{name}">{inside}</svg>')
_MARK = Markup('<svg class="day-mark" viewBox="0 0 9 9" aria-hidden="true">{inside}</svg>')


def mark(name: str) -> Markup:
    """One of them, in a line of text."""
    return _MARK.format(inside=_drawn(name, [(0, 0)]))


def months(year: int, marked: Marks, place: str | None = None) -> Sequence[tuple[str, Markup]]:
    """All of a year with their names. With a `place` each day that has a mark leads to itself there."""
    firsts = [date(year, month, 1) for month in range(1, 13)]
    return [(f"{first:%B}", _month(first, marked, place)) for first in firsts]


def _month(first: date, marked: Marks, place: str | None) -> Markup:
    empty, length = monthrange(first.year, first.month)
    days = {first.replace(day=number + 1): _where(empty + number) for number in range(length)}
    by_mark: dict[str, list[tuple[int, int]]] = {}
    for day, where in days.items():
        by_mark.setdefault(marked[day][0] if day in marked else "beyond", []).append(where)
    name = f"{first:%B} {first.year}"
    drawn = [_drawn(kind, places) for kind, places in by_mark.items()]
    links = [_link(day, where, name, marked[day][1], place) for day, where in days.items() if day in marked and place]
    return _MONTH.format(
        width=_WIDTH,
        height=_where(empty + length - 1)[1] + _PLACE,
        role="group" if links else "img",
        name=name if links else f"{name}: {_counted(by_mark)}",
        inside=Markup("").join([*drawn, *links]),
    )


def _where(number: int) -> tuple[int, int]:
    """The `number`th place of a month, whose weeks begin on Monday."""
    return number % _DAYS * _PLACE, number // _DAYS * _PLACE


def _drawn(name: str, places: Sequence[tuple[int, int]]) -> Markup:
    shapes = [(how, "".join(f"M{x} {y}{shape}" for x, y in places)) for how, shape in _SHAPES[name]]
    return Markup("").join(_SHAPE.format(name=name, how=how, drawn=drawn) for how, drawn in shapes)


def _link(day: date, where: tuple[int, int], month: str, words: str, place: str | None) -> Markup:
    return _DAY.format(place=place, day=day, number=day.day, month=month, words=words, x=where[0], y=where[1])


def _counted(by_mark: Mapping[str, Sequence[object]]) -> str:
    return ", ".join(f"{len(days)} {name}" for name, days in by_mark.items())
