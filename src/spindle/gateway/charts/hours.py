"""Hours of the days of a week: the more was heard, the darker."""

from collections.abc import Sequence

from markupsafe import Markup

from spindle.people.heard import WEEKDAYS

LEVELS = 8
"""Above nothing."""

_HOURS = 24
_WRITTEN = (0, 6, 12, 18)
_CHART = Markup(
    '<svg class="chart hours" role="img" aria-labelledby="{key}-title {key}-words">'
    '<title id="{key}-title">{title}</title><desc id="{key}-words">{words}</desc>\n{inside}\n</svg>'
)
_CELL = (
    '<rect class="cell heat-{level}" x="{x}%" y="{y}%" width="{width}%" height="{height}%">'
    "<title>{words}</title></rect>"
)
_DAY = Markup('<text class="scale" x="0" y="{y}%" dx="-8" dy="4">{words}</text>')
_HOUR = Markup('<text class="mark from" x="{x}%" y="100%" dy="20">{words}</text>')
_LEGEND = Markup('<svg class="levels" aria-hidden="true">{cells}</svg>')
_LEVEL = Markup('<rect class="cell heat-{level}" x="{x}%" y="0" width="{width}%" height="100%"/>')


def hours(key: str, title: str, words: str, plays: Sequence[Sequence[int]]) -> Markup:
    """Of seven times twenty-four numbers."""
    most = max((max(day) for day in plays), default=0)
    cells = [
        Markup(_CELL.format(level=level(number, most), **_place(day, hour), words=named(day, hour, number)))  # noqa: S704
        for day, counted in enumerate(plays)
        for hour, number in enumerate(counted)
    ]
    days = [_DAY.format(y=_percent(day + 0.5, len(WEEKDAYS)), words=name[:3]) for day, name in enumerate(WEEKDAYS)]
    below = [_HOUR.format(x=_percent(hour, _HOURS), words=f"{hour:02}:00") for hour in _WRITTEN]
    return _CHART.format(key=key, title=title, words=words, inside=Markup("\n").join([*cells, *days, *below]))


def legend() -> Markup:
    """All that a cell may look like, from nothing to the most."""
    cells = [
        _LEVEL.format(level=each, x=_percent(each, LEVELS + 1), width=_percent(1, LEVELS + 1))
        for each in range(LEVELS + 1)
    ]
    return _LEGEND.format(cells=Markup("").join(cells))


def level(number: int, most: int) -> int:
    """None for nothing, and for whatever there is at least the first."""
    return -(-number * LEVELS // most) if most else 0


def named(day: int, hour: int, number: int) -> str:
    return f"{WEEKDAYS[day]}, {hour:02}:00 to {hour + 1:02}:00: {number:,}"


def _place(day: int, hour: int) -> dict[str, float]:
    return {
        "x": _percent(hour, _HOURS),
        "y": _percent(day, len(WEEKDAYS)),
        "width": _percent(1, _HOURS),
        "height": _percent(1, len(WEEKDAYS)),
    }


def _percent(part: float, of: int) -> float:
    return round(100 * part / of, 3)
