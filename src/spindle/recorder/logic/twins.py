"""Which sightings are of one and the same play, whoever saw it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

from spindle.recorder.logic.shown import matched
from spindle.recorder.logic.sights import Side, Sight, Telling

__all__ = ["Side", "Sight", "judged"]

_MINUTE = 60_000
_TOLD_AGAIN = 2 * _MINUTE


def judged(sights: Collection[Sight]) -> list[tuple[Sight, ...]]:
    """The plays. Each sight is in exactly one; of each side at most one play is in one, which it may tell twice."""
    ordered = sorted(sights, key=_order)
    return [play for song in _songs(ordered) for play in _plays(song)]


def _order(sight: Sight) -> tuple[int, int, str]:
    return sight.at, -(sight.ms_played or 0), repr(sight.key)


def _songs(sights: Sequence[Sight]) -> Iterable[list[Sight]]:
    """Different songs apart. Two that share nothing may be together for the sake of a third: they are not twins."""
    parents: dict[Hashable, Hashable] = {}

    def root(name: Hashable) -> Hashable:
        parent = parents.setdefault(name, name)
        while parent != name:
            grandparent = parents[name] = parents[parent]
            name, parent = parent, grandparent
        return name

    songs: dict[Hashable, list[Sight]] = defaultdict(list)
    for sight in sights:
        first, *others = map(root, _names(sight))
        parents.update(dict.fromkeys(others, first))
    for sight in sights:
        songs[root(_names(sight)[0])].append(sight)
    return songs.values()


def _names(sight: Sight) -> tuple[Hashable, ...]:
    return tuple(sight.songs) or (sight.key,)


def _plays(song: Sequence[Sight]) -> Iterator[Telling]:
    if len(song) == 1:  # as are most in an import that nobody polled
        yield tuple(song)
        return
    polled, extended, account = ([sight for sight in song if sight.side is side] for side in Side)
    rows = _told_once(extended)
    shown, minuted = matched(rows, polled), _same_minute(rows, account)
    for place, told in enumerate(rows):
        yield _play(shown.get(place), told, minuted.get(place))
    yield from _without_row(_left(polled, shown), _left(account, minuted))


def _without_row(polled: Sequence[Sight], account: Sequence[Sight]) -> Iterator[Telling]:
    minutes = [(minute,) for minute in account]
    shown = matched(minutes, polled)
    for place, told in enumerate(minutes):
        yield _play(shown.get(place), told)
    for play in _left(polled, shown):
        yield (play,)


def _play(play: Sight | None, told: Telling, minute: Sight | None = None) -> Telling:
    return tuple(sight for sight in (play, *told, minute) if sight)


def _left(sights: Iterable[Sight], taken: Mapping[int, Sight]) -> list[Sight]:
    keys = {sight.key for sight in taken.values()}
    return [sight for sight in sights if sight.key not in keys]


def _told_once(rows: Iterable[Sight]) -> list[Telling]:
    """Rows that began at the same time are one play told again, but not those with the same end: they are as many."""
    told: list[list[Sight]] = []
    latest: dict[tuple[int | None, int], list[Sight]] = {}
    same_end: Counter[tuple[int | None, int]] = Counter()
    for row in rows:
        begun = row.started, same_end[row.started, row.at]
        same_end[row.started, row.at] += 1
        if begun in latest and _is_again(row, latest[begun][0]):
            latest[begun].append(row)
        else:
            latest[begun] = [row]
            told.append(latest[begun])
    return [tuple(each) for each in told]


def _is_again(row: Sight, first: Sight) -> bool:
    return row.started is not None and row.at - first.at <= _TOLD_AGAIN and _same_song(row, first)


def _same_minute(rows: Iterable[Telling], account: Iterable[Sight]) -> dict[int, Sight]:
    """Which minute of the account data tells of a row, by the row's position: of as many milliseconds, and its own."""
    found: dict[int, Sight] = {}
    waiting: dict[tuple[int, int | None], list[Sight]] = defaultdict(list)
    for minute in account:
        waiting[minute.at, minute.ms_played].append(minute)
    for place, told in enumerate(rows):
        own = ((row, each) for row in told for each in waiting[row.at - row.at % _MINUTE, row.ms_played])
        if same := next((each for row, each in own if _same_song(row, each)), None):
            found[place] = same
            waiting[same.at, same.ms_played].remove(same)
    return found


def _same_song(one: Sight, other: Sight) -> bool:
    return not one.songs.isdisjoint(other.songs)
