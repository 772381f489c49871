"""Whether a listener's plays in the database are those of the world: each once, and no others."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

_SECOND, _MINUTE = 1_000, 60_000


@dataclass(frozen=True)
class Played:
    """A play of the world. Times are Unix milliseconds."""

    played_at: int
    """As the API tells it."""
    ended_at: int
    track_id: str
    track: str
    answered: bool
    """The API has shown it to somebody."""


@dataclass(frozen=True)
class Told:
    """An export that counts: it was imported, and not undone. It tells of plays that ended until then."""

    until: int
    to_the_minute: bool
    since: int = 0
    rows: tuple[tuple[int, str], ...] = ()
    """Of one that does not tell episodes from songs: the minutes in which its rows ended, and their titles."""


@dataclass(frozen=True)
class Row:
    """A play of the database."""

    played_at: int
    track_id: str
    track: str


@dataclass(frozen=True)
class Compared:
    due: int
    """Plays that must be there."""
    lost: tuple[Played, ...]
    """Of these, those that are not."""
    doubled: tuple[Row, ...]
    """Rows that are there a second time, or that nobody ever played."""


def compared(world: Sequence[Played], exports: Sequence[Told], rows: Iterable[Row]) -> Compared:
    """A play that the API showed is there to its millisecond, one that only exports know to the second or minute."""
    wanted: dict[Hashable, list[Played]] = defaultdict(list)
    for play in world:
        if (key := _key(play, exports)) is not None:
            wanted[key].append(play)
    for at, title in _not_songs(world, exports):
        wanted["min", title, at // _MINUTE].append(Played(at, at, "", title, answered=False))
    left = Counter({key: len(plays) for key, plays in wanted.items()})
    doubled = []
    for row in rows:
        found = next((key for key in _keys(row) if left[key] > 0), None)
        if found is None:
            doubled.append(row)
        else:
            left[found] -= 1
    lost = [play for key, missing in left.items() for play in wanted[key][:missing]]
    return Compared(sum(map(len, wanted.values())), tuple(lost), tuple(doubled))


def _not_songs(world: Sequence[Played], exports: Sequence[Told]) -> Iterator[tuple[int, str]]:
    """What an old export tells like a song, and the world does not know: once, however many exports tell it."""
    songs = Counter((play.ended_at - play.ended_at % _MINUTE, play.track) for play in world)
    told: Counter[tuple[int, str]] = Counter()
    for export in exports:
        told |= Counter(export.rows)
    yield from (told - songs).elements()


def _key(play: Played, exports: Sequence[Told]) -> Hashable:
    """How exactly it must be there; none when nobody has told of it."""
    if play.answered:
        return "ms", play.track_id, play.played_at
    of = [export for export in exports if export.since < play.ended_at <= export.until]
    if any(not export.to_the_minute for export in of):
        return "s", play.track_id, play.ended_at // _SECOND
    if of:
        return "min", play.track, play.ended_at // _MINUTE
    return None


def _keys(row: Row) -> tuple[Hashable, ...]:
    return (
        ("ms", row.track_id, row.played_at),
        ("s", row.track_id, row.played_at // _SECOND),
        ("min", row.track, row.played_at // _MINUTE),
    )
