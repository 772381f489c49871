"""A day as a strip: what was played, and below it, line by line, what is known and from whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

_HIGH = 26  # of a line, with the room below it
_CHART = Markup(
    '<svg class="chart strip" height="{height}" role="img" aria-labelledby="{key}-title {key}-words">'
    '<title id="{key}-title">{title}</title><desc id="{key}-words">{words}</desc>{inside}</svg>'
)
_PART = Markup(
    '<rect class="known {kind}" x="{left}%" y="{y}" width="{width}%" height="16" rx="3"><title>{words}</title></rect>'
)
_PLAY = Markup('<line class="play" x1="{x}%" x2="{x}%" y1="2" y2="18"/>')
_HOUR = Markup(
    '<line class="rule" x1="{x}%" x2="{x}%" y1="0" y2="{height}"/>'
    '<text class="mark from" x="{x}%" y="{below}">{words}</text>'
)


@dataclass(frozen=True)
class Part:
    """Of one line."""

    kind: str
    begins: datetime
    ends: datetime
    words: str


def strip(
    key: str,
    title: str,
    words: str,
    day: tuple[datetime, datetime],
    lines: Sequence[Sequence[Part]],
    plays: Sequence[datetime],
    hours: Sequence[tuple[datetime, str]],
) -> Markup:
    height = _HIGH * (len(lines) + bool(plays))
    hour = [_HOUR.format(x=_at(at, day), height=height, below=height + 16, words=name) for at, name in hours]
    parts = [_part(part, number, day) for number, line in enumerate(lines, bool(plays)) for part in line]
    played = [_PLAY.format(x=_at(at, day)) for at in plays]
    inside = Markup("\n").join([*hour, *parts, *played])
    return _CHART.format(key=key, title=title, words=words, height=height + 22, inside=inside)


def _part(part: Part, line: int, day: tuple[datetime, datetime]) -> Markup:
    left, right = _at(max(part.begins, day[0]), day), _at(min(part.ends, day[1]), day)
    return _PART.format(kind=part.kind, left=left, width=round(right - left, 3), y=2 + _HIGH * line, words=part.words)


def _at(moment: datetime, day: tuple[datetime, datetime]) -> float:
    """In percent of the day."""
    return round(100 * ((moment - day[0]) / (day[1] - day[0])), 3)
