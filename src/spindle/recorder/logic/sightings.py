"""What polls and imports have seen, as the rule for twins wants it: one sight for all that say the same."""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from spindle.recorder.logic.twins import Side, Sight
from spindle.shared.spotify.plays import EPOCH, MILLISECOND


@dataclass(frozen=True, slots=True)
class Play:
    """The columns of `plays` that sightings decide."""

    play_id: str
    played_at: datetime
    track_id: str
    ms_played: int | None
    seen_by: int

    @property
    def key(self) -> tuple[datetime, str]:
        return self.played_at, self.track_id


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an import."""

    ended_at: datetime
    number: int
    """Of its import."""
    place: int
    file: int
    ms_played: int
    to_the_minute: bool
    track_id: str
    started_at: datetime | None
    play_id: str | None
    """The play that it is a sighting of, when it is not that of its own track and end."""
    entering: bool
    """It has seen nothing yet."""

    @property
    def natural_key(self) -> tuple[datetime, str, int, bool]:
        """Equal rows are the same row; but of those to the minute a file may hold several that are not."""
        return self.ended_at, self.track_id, self.ms_played, self.to_the_minute


@dataclass(frozen=True)
class Known:
    """Everything that was seen of a listener in a stretch of time."""

    plays: Collection[Play]
    rows: Collection[Row]
    songs: Mapping[str, frozenset[str]]
    """Names of tracks, which stand for their own id too."""


@dataclass(frozen=True, slots=True)
class Seen:
    sight: Sight
    rows: tuple[Row, ...]
    """All that say the same; none for what the API showed."""
    play: Play | None
    """What it was thought to be of so far."""


def all_seen(known: Known) -> Iterator[Seen]:
    """Everything that is known, each sight once."""
    yield from _shown(known)
    yield from _told(known)


def _shown(known: Known) -> Iterator[Seen]:
    for play in known.plays:
        if play.seen_by & Side.API:
            sight = Sight(
                key=play.key,
                side=Side.API,
                at=milliseconds(play.played_at),
                songs=_songs(known, play.track_id),
            )
            yield Seen(sight, (), play)


def _told(known: Known) -> Iterator[Seen]:
    by_id = {play.play_id: play for play in known.plays}
    by_key = {play.key: play for play in known.plays}
    for key, rows in _alike(known.rows).items():
        first = rows[0]
        sight = Sight(
            key=key,
            side=Side.ACCOUNT if first.to_the_minute else Side.EXTENDED,
            at=milliseconds(first.ended_at),
            songs=_songs(known, first.track_id),
            ms_played=first.ms_played,
            started=max((milliseconds(row.started_at) for row in rows if row.started_at), default=None),
        )
        old = next((row for row in rows if not row.entering), None)
        play = None
        if old is not None:
            play = by_id.get(old.play_id) if old.play_id else by_key.get((old.ended_at, old.track_id))
        yield Seen(sight, tuple(sorted(rows, key=lambda row: (row.entering, row.number, row.place))), play)


def _alike(rows: Iterable[Row]) -> dict[Hashable, list[Row]]:
    """Rows that say the same of the same play."""
    in_file: Counter[Hashable] = Counter()
    alike: dict[Hashable, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.number, row.place)):
        nth = 0
        if row.to_the_minute:
            nth = in_file[row.natural_key, row.number, row.file]
            in_file[row.natural_key, row.number, row.file] += 1
        alike[row.natural_key, nth].append(row)
    return alike


def _songs(known: Known, track: str) -> frozenset[str]:
    return known.songs.get(track, frozenset()) | {track}


def milliseconds(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND
