"""Bars over time, side by side: each says what it is, and leads somewhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_GAP, _NARROW = 0.24, 0.12  # of a bar's place; less where there are many
_MANY = 60
_SMALLEST = 0.8  # percent: what is next to nothing can still be seen
_MARKS_ON_A_PHONE = 6

_CHART = Markup(
    '<svg class="chart bars" role="group" aria-labelledby="{key}-title {key}-words">'
    '<title id="{key}-title">{title}</title><desc id="{key}-words">{words}</desc>\n{inside}\n</svg>'
)
_LINE = Markup(
    '<line class="rule" x1="0" x2="100%" y1="{y}%" y2="{y}%"/>'
    '<text class="scale" x="0" y="{y}%" dx="-8" dy="4">{words}</text>'
)
_BAR = (
    '<a href="{place}" aria-label="{name}: {words}"><title>{name}: {words}</title>'
    '<rect class="place" x="{left}%" width="{room}%" y="0" height="100%"/>'
    '<rect class="bar" x="{x}%" width="{width}%" y="{y}%" height="{height}%" rx="2"/></a>'
)
_MARK = Markup('<text class="mark{more}" x="{x}%" y="100%" dy="20">{words}</text>')
_BASE = Markup('<line class="base" x1="0" x2="100%" y1="100%" y2="100%"/>')


@dataclass(frozen=True)
class Bar:
    value: int
    name: str
    """`May 2024`"""
    words: str
    """`1,234 plays`"""
    place: str
    """Where it leads."""
    mark: str = ""
    """Below it; few bars have one."""


def bars(
    key: str, title: str, words: str, values: Sequence[Bar], lines: Sequence[int], write: Callable[[int], str]
) -> Markup:
    """The last of the `lines` is the top. What is below the bars is written where there is room for it."""
    top = lines[-1]
    rules = (_LINE.format(y=_y(line, top), words=write(line)) for line in lines)
    inside = [*rules, *_drawn(values, top), _BASE, *_marks(values)]
    return _CHART.format(key=key, title=title, words=words, inside=Markup("\n").join(inside))


def _drawn(values: Sequence[Bar], top: int) -> Sequence[Markup]:
    """Where there was nothing there is nothing."""
    room = 100 / len(values) if values else 100
    gap = room * (_GAP if len(values) <= _MANY else _NARROW)
    return [_bar(value, number * room, room, gap, top) for number, value in enumerate(values) if value.value]


def _bar(value: Bar, left: float, room: float, gap: float, top: int) -> Markup:
    """Its place is as high as the chart: what is small can be pressed, too."""
    height = round(max(_SMALLEST, 100 * value.value / top), 2)
    drawn = _BAR.format(
        place=escape(value.place),
        name=escape(value.name),
        words=escape(value.words),
        left=round(left, 3),
        room=round(room, 3),
        x=round(left + gap / 2, 3),
        width=round(room - gap, 3),
        y=round(100 - height, 2),
        height=height,
    )
    return Markup(drawn)  # noqa: S704  many of them: this is ten times as fast as to let it escape numbers


def _marks(values: Sequence[Bar]) -> Sequence[Markup]:
    """On a phone every second of many."""
    marked = [(number, value.mark) for number, value in enumerate(values) if value.mark]
    step = -(-len(marked) // _MARKS_ON_A_PHONE)
    room = 100 / len(values) if values else 100
    return [
        _MARK.format(x=round((number + 0.5) * room, 3), words=words, more=" more" if count % step else "")
        for count, (number, words) in enumerate(marked)
    ]


def _y(value: int, top: int) -> float:
    return round(100 - 100 * value / top, 2)
