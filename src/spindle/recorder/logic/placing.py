"""Which plays there should be, and which sighting is of which, when sightings of different kinds meet.

What was decided before is not asked: the same sightings give the same plays, whatever came first. A play that stays
keeps its id.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from spindle.recorder.logic.repeats import spans
from spindle.recorder.logic.twins import Side, Sight, judged

MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


@dataclass
class Placed:
    """What is to be written, in this order."""

    removed: list[str] = field(default_factory=list)
    """One that moves to another time or track is removed and added: nobody meets its old place then."""
    changed: list[Play] = field(default_factory=list)
    added: list[Play] = field(default_factory=list)
    linked: list[tuple[Row, str | None]] = field(default_factory=list)
    merged: list[Row] = field(default_factory=list)
    """Entering rows of plays that the API has shown."""
    duplicates: list[Row] = field(default_factory=list)
    """Entering rows of plays that other rows had brought."""
    met: set[tuple[datetime, str]] = field(default_factory=set)
    """End and track of plays of the API that a row is of."""
    reach: timedelta = timedelta()
    """How far beyond the time that was asked for the songs of that time were on repeat."""


@dataclass(frozen=True, slots=True)
class _Seen:
    sight: Sight
    rows: tuple[Row, ...]
    """All that say the same; none for what the API showed."""
    play: Play | None
    """What it was thought to be of so far."""


def placed(known: Known, earliest: datetime, latest: datetime) -> Placed:
    """What follows for the plays around `earliest` to `latest`; what is known beyond that only helps to judge."""
    seen = {each.sight.key: each for each in (*_shown(known), *_told(known))}
    groups = [tuple(seen[sight.key] for sight in group) for group in judged([each.sight for each in seen.values()])]
    concerned = _concerned(groups, earliest, latest)
    orphans = _orphans(known, earliest, latest)
    placing = _Placing(known, concerned, orphans)
    for group in sorted(concerned, key=_order):
        placing.place(group)
    done = placing.finished()
    repeats = spans([each.sight for each in seen.values()], [each.sight for group in concerned for each in group])
    done.reach = _beyond(repeats, earliest, latest)
    return done


def _shown(known: Known) -> Iterable[_Seen]:
    for play in known.plays:
        if play.seen_by & Side.API:
            sight = Sight(
                key=play.key,
                side=Side.API,
                at=_milliseconds(play.played_at),
                songs=_songs(known, play.track_id),
            )
            yield _Seen(sight, (), play)


def _told(known: Known) -> Iterable[_Seen]:
    by_id = {play.play_id: play for play in known.plays}
    by_key = {play.key: play for play in known.plays}
    for key, rows in _alike(known.rows).items():
        first = rows[0]
        sight = Sight(
            key=key,
            side=Side.ACCOUNT if first.to_the_minute else Side.EXTENDED,
            at=_milliseconds(first.ended_at),
            songs=_songs(known, first.track_id),
            ms_played=first.ms_played,
            started=max((_milliseconds(row.started_at) for row in rows if row.started_at), default=None),
        )
        old = next((row for row in rows if not row.entering), None)
        play = None
        if old is not None:
            play = by_id.get(old.play_id) if old.play_id else by_key.get((old.ended_at, old.track_id))
        yield _Seen(sight, tuple(sorted(rows, key=lambda row: (row.entering, row.number, row.place))), play)


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


def _concerned(groups: Sequence[tuple[_Seen, ...]], earliest: datetime, latest: datetime) -> list[tuple[_Seen, ...]]:
    """Groups with a sighting in that time, those who lose a play to them, and those who share a second with them."""
    first, last = _milliseconds(earliest), _milliseconds(latest)
    rest = list(groups)
    found: list[tuple[_Seen, ...]] = []
    shared: set[Hashable] = set()
    while more := [each for each in rest if _within(each, first, last) or not shared.isdisjoint(_claims(each))]:
        found += more
        taken = {id(each) for each in more}
        rest = [each for each in rest if id(each) not in taken]
        shared.update(claim for group in more for claim in _claims(group))
    return found


def _within(group: tuple[_Seen, ...], first: int, last: int) -> bool:
    return any(first <= seen.sight.at <= last for seen in group)


def _claims(group: tuple[_Seen, ...]) -> Iterator[Hashable]:
    """What only one group can have: the plays that it had, and its rows' track at their time."""
    for seen in group:
        if seen.play:
            yield seen.play.play_id
        for row in seen.rows:
            yield row.ended_at, row.track_id


def _orphans(known: Known, earliest: datetime, latest: datetime) -> list[Play]:
    """Plays of that time that nobody has seen any more."""
    linked = {row.play_id for row in known.rows if row.play_id}
    natural = {(row.ended_at, row.track_id) for row in known.rows if not row.play_id and not row.entering}
    return [
        play
        for play in known.plays
        if earliest <= play.played_at <= latest
        and not play.seen_by & Side.API
        and play.play_id not in linked
        and play.key not in natural
    ]


def _order(group: tuple[_Seen, ...]) -> tuple[int, int]:
    """By time; of two in the same second the longer has the better claim to it."""
    return min(seen.sight.at for seen in group), -max(seen.sight.ms_played or 0 for seen in group)


class _Placing:
    def __init__(self, known: Known, groups: Sequence[tuple[_Seen, ...]], orphans: Iterable[Play]) -> None:
        self._before = {seen.play.play_id: seen.play for group in groups for seen in group if seen.play}
        self._before |= {play.play_id: play for play in orphans}
        self._taken = {play.key for play in known.plays if play.play_id not in self._before}
        self._ids = {play.play_id for play in known.plays}
        # A play that the API showed belongs to that sighting, whoever else claims it.
        self._kept = {seen.play.play_id for group in groups for seen in group if seen.play and not seen.rows}
        self._taken |= {self._before[each].key for each in self._kept}
        self._tried: dict[tuple[datetime, str], datetime] = {}
        """Up to where places from this one on were found taken: a file may say a hundred thousand times the same."""
        self._after: dict[str, Play] = {}
        self._placed = Placed()

    def place(self, group: tuple[_Seen, ...]) -> None:
        shown = next((seen for seen in group if not seen.rows), None)
        told = sorted(
            (seen for seen in group if seen.rows), key=lambda seen: (seen.sight.side, seen.sight.at, seen.rows[0].place)
        )
        play = self._shown(shown.play, told) if shown and shown.play else self._told(told)
        self._after[play.play_id] = play
        self._count(shown is not None, told)
        if shown is not None and told:
            self._placed.met.add(play.key)
        for seen in told:
            for row in seen.rows:
                link = None if play.key == (row.ended_at, row.track_id) else play.play_id
                if link != row.play_id:
                    self._placed.linked.append((row, link))

    def finished(self) -> Placed:
        done = self._placed
        for each, before in self._before.items():
            after = self._after.get(each)
            if after is None or after.key != before.key:
                done.removed.append(each)
            elif after != before:
                done.changed.append(after)
        gone = {*done.removed}
        done.added += [play for each, play in self._after.items() if each not in self._before or each in gone]
        return done

    def _shown(self, play: Play, told: Sequence[_Seen]) -> Play:
        """Its time and its track are the API's."""
        return Play(play.play_id, play.played_at, play.track_id, _longest(told), Side.API | _sides(told))

    def _told(self, told: Sequence[_Seen]) -> Play:
        """Its time is the most exact that is told, and a millisecond later when the track has a play there already."""
        row = told[0].rows[0]
        wish = row.ended_at, row.track_id
        at = self._tried.get(wish, row.ended_at)
        while (at, row.track_id) in self._taken:
            at += MILLISECOND
        self._taken.add((at, row.track_id))
        self._tried[wish] = at
        return Play(self._id(told, row), at, row.track_id, _longest(told), _sides(told))

    def _id(self, told: Sequence[_Seen], row: Row) -> str:
        """One that it had, if nobody else has a better claim."""
        for seen in told:
            if seen.play and seen.play.play_id not in self._kept and seen.play.play_id not in self._after:
                return seen.play.play_id
        own = play_id(row.ended_at, row.track_id, row.ms_played)
        while own in self._ids or own in self._after:
            own = str(UUID(int=(UUID(own).int + 1) % 2**128))
        return own

    def _count(self, shown: bool, told: Sequence[_Seen]) -> None:
        """Of the entering rows of a play the first is new or merged; all others say again what is known."""
        rows = [row for seen in told for row in seen.rows]
        entering = sorted((row for row in rows if row.entering), key=lambda row: (row.to_the_minute, row.place))
        first = len(entering) == len(rows)
        if first and shown:
            self._placed.merged += entering[:1]
        self._placed.duplicates += entering[1:] if first else entering


def play_id(ended_at: datetime, track_id: str, ms_played: int) -> str:
    """The id of a play that an import brought; as `store.applying` makes it."""
    rest = hashlib.md5(f"{track_id}@{ms_played}".encode(), usedforsecurity=False).hexdigest()[12:]
    return str(UUID(f"{_milliseconds(ended_at):012x}{rest}"))


def _sides(told: Sequence[_Seen]) -> int:
    sides = 0
    for seen in told:
        sides |= seen.sight.side
    return sides


def _longest(told: Sequence[_Seen]) -> int | None:
    """What the exacter side says; of a play that is told twice, the longer."""
    side = min((seen.sight.side for seen in told), default=None)
    return max((seen.rows[0].ms_played for seen in told if seen.sight.side == side), default=None)


def _songs(known: Known, track: str) -> frozenset[str]:
    return known.songs.get(track, frozenset()) | {track}


def _beyond(spans: Collection[tuple[int, int]], earliest: datetime, latest: datetime) -> timedelta:
    first, last = _milliseconds(earliest), _milliseconds(latest)
    return max([0, *(first - begin for begin, _ in spans), *(end - last for _, end in spans)]) * MILLISECOND


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // MILLISECOND
