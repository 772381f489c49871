"""Which plays there should be, and which sighting is of which, when sightings of different kinds meet.

What was decided before is not asked: the same sightings give the same plays, whatever came first. A play that stays
keeps its id.
"""

import hashlib
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from spindle.recorder.logic.repeats import spans
from spindle.recorder.logic.sightings import Known, Play, Row, Seen, all_seen, milliseconds
from spindle.recorder.logic.twins import Side, judged
from spindle.shared.spotify.plays import MILLISECOND


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


def placed(known: Known, earliest: datetime, latest: datetime) -> Placed:
    """What follows for the plays around `earliest` to `latest`; what is known beyond that only helps to judge."""
    by_key = {each.sight.key: each for each in all_seen(known)}
    sights = [each.sight for each in by_key.values()]
    groups = [tuple(by_key[sight.key] for sight in group) for group in judged(sights)]
    concerned = _concerned(groups, earliest, latest)
    orphans = _orphans(known, earliest, latest)
    placing = _Placing(known, concerned, orphans)
    for group in sorted(concerned, key=_order):
        placing.place(group)
    done = placing.finished()
    repeats = spans(sights, [each.sight for group in concerned for each in group])
    done.reach = _beyond(repeats, earliest, latest)
    return done


def _concerned(groups: Sequence[tuple[Seen, ...]], earliest: datetime, latest: datetime) -> list[tuple[Seen, ...]]:
    """Groups with a sighting in that time, those who lose a play to them, and those who share a second with them."""
    first, last = milliseconds(earliest), milliseconds(latest)
    rest = list(groups)
    found: list[tuple[Seen, ...]] = []
    shared: set[Hashable] = set()
    while more := [each for each in rest if _within(each, first, last) or not shared.isdisjoint(_claims(each))]:
        found += more
        taken = {id(each) for each in more}
        rest = [each for each in rest if id(each) not in taken]
        shared.update(claim for group in more for claim in _claims(group))
    return found


def _within(group: tuple[Seen, ...], first: int, last: int) -> bool:
    return any(first <= seen.sight.at <= last for seen in group)


def _claims(group: tuple[Seen, ...]) -> Iterator[Hashable]:
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


def _order(group: tuple[Seen, ...]) -> tuple[int, int]:
    """By time; of two in the same second the longer has the better claim to it."""
    return min(seen.sight.at for seen in group), -max(seen.sight.ms_played or 0 for seen in group)


class _Placing:
    def __init__(self, known: Known, groups: Sequence[tuple[Seen, ...]], orphans: Iterable[Play]) -> None:
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

    def place(self, group: tuple[Seen, ...]) -> None:
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

    def _shown(self, play: Play, told: Sequence[Seen]) -> Play:
        """Its time and its track are the API's."""
        return Play(play.play_id, play.played_at, play.track_id, _longest(told), Side.API | _sides(told))

    def _told(self, told: Sequence[Seen]) -> Play:
        """Its time is the most exact that is told, and a millisecond later when the track has a play there already."""
        row = told[0].rows[0]
        wish = row.ended_at, row.track_id
        at = self._tried.get(wish, row.ended_at)
        while (at, row.track_id) in self._taken:
            at += MILLISECOND
        self._taken.add((at, row.track_id))
        self._tried[wish] = at
        return Play(self._id(told, row), at, row.track_id, _longest(told), _sides(told))

    def _id(self, told: Sequence[Seen], row: Row) -> str:
        """One that it had, if nobody else has a better claim."""
        for seen in told:
            if seen.play and seen.play.play_id not in self._kept and seen.play.play_id not in self._after:
                return seen.play.play_id
        own = play_id(row.ended_at, row.track_id, row.ms_played)
        while own in self._ids or own in self._after:
            own = str(UUID(int=(UUID(own).int + 1) % 2**128))
        return own

    def _count(self, shown: bool, told: Sequence[Seen]) -> None:
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
    return str(UUID(f"{milliseconds(ended_at):012x}{rest}"))


def _sides(told: Sequence[Seen]) -> int:
    sides = 0
    for seen in told:
        sides |= seen.sight.side
    return sides


def _longest(told: Sequence[Seen]) -> int | None:
    """What the exacter side says; of a play that is told twice, the longer."""
    side = min((seen.sight.side for seen in told), default=None)
    return max((seen.rows[0].ms_played for seen in told if seen.sight.side == side), default=None)


def _beyond(spans: Collection[tuple[int, int]], earliest: datetime, latest: datetime) -> timedelta:
    first, last = milliseconds(earliest), milliseconds(latest)
    return max([0, *(first - begin for begin, _ in spans), *(end - last for _, end in spans)]) * MILLISECOND
