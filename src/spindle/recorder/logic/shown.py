"""Which rows of an export are of plays that the API showed, and of which."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from spindle.recorder.logic.pairs import Pair, nearest
from spindle.recorder.logic.sights import Side, Sight, Telling

_SECOND, _MINUTE = 1_000, 60_000
_TIGHT, _WIDE = 5 * _SECOND, 120 * _SECOND
_SHORT = 30 * _SECOND
"""The API shows no play that was shorter, except when it does: such a row must fit well."""
_LONGEST = 180 * _MINUTE
"""How far before its end a play is looked for under its start."""

_CUT_TO = {Side.EXTENDED: _SECOND, Side.ACCOUNT: _MINUTE}
"""What a row's time is cut to: it was at some moment of that."""


class _Doubt(IntEnum):
    """What must have happened if the two are one play."""

    NONE = 0
    PAUSE = 1
    """Near the end: one of the two took what came after it for the end."""
    START = 2
    """The API gave the start for the end."""


class _Span(NamedTuple):
    begin: int
    end: int


def matched(rows: Sequence[Telling], plays: Sequence[Sight]) -> dict[int, Sight]:
    """Which play is that of a row, by the row's position. Both are in the order of time.

    All rows at once: when a song is repeated, one play begins where the other ends, so that a time could be the end of
    one or the start of the other, and only the whole chain shows which. Short rows get what is left: a chain of starts
    would otherwise end in the next of them.
    """
    if not plays:
        return {}
    possible = list(_possible(rows, plays))
    found = nearest(pair for pair in possible if not _is_short(rows[pair.left]))
    taken = set(found.values())
    found |= nearest(pair for pair in possible if _is_short(rows[pair.left]) and pair.right not in taken)
    return {row: plays[play] for row, play in found.items()}


def _possible(rows: Sequence[Telling], plays: Sequence[Sight]) -> Iterator[Pair]:
    times = [play.at for play in plays]
    for left, row in enumerate(rows):
        ends, starts, wide = _ends(row), _starts(row), _TIGHT if _is_short(row) else _WIDE
        for right in _near([*ends, *starts], times):
            told = _told(ends, starts, times[right], wide)
            if told and not all(sight.songs.isdisjoint(plays[right].songs) for sight in row):
                yield Pair(left, right, *told)


def _near(spans: Sequence[_Span], times: Sequence[int]) -> range:
    begin, end = min(span.begin for span in spans), max(span.end for span in spans)
    return range(bisect_left(times, begin - _WIDE), bisect_right(times, end + _WIDE))


def _told(ends: Sequence[_Span], starts: Sequence[_Span], at: int, wide: int) -> tuple[_Doubt, int] | None:
    """How well a time agrees with a row."""
    apart = _apart(ends, at)
    if apart <= _TIGHT:
        return _Doubt.NONE, apart
    if apart <= wide:
        return _Doubt.PAUSE, apart
    apart = _apart(starts, at)
    return (_Doubt.START, apart) if apart <= _TIGHT else None


def _apart(spans: Sequence[_Span], at: int) -> int:
    return min((max(span.begin - at, at - span.end, 0) for span in spans), default=_LONGEST)


def _ends(row: Telling) -> list[_Span]:
    return [_span(sight, sight.at) for sight in row]


def _starts(row: Telling) -> list[_Span]:
    """By its end and what was played of it, and by the clock of the device."""
    starts = [(sight, start) for sight in row for start in (sight.at - (sight.ms_played or 0), sight.started)]
    return [_span(sight, start) for sight, start in starts if start is not None and sight.at - start <= _LONGEST]


def _span(sight: Sight, at: int) -> _Span:
    return _Span(at, at + _CUT_TO[sight.side] - 1)


def _is_short(row: Telling) -> bool:
    return all((sight.ms_played or 0) < _SHORT for sight in row)
