"""A listener's plays in a database, and the same questions answered by counting them one by one."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store import schema

USER = "01950001-0000-7000-8000-000000000000"
DURATIONS = (None, 9_000, 29_999, 30_000, 59_000, 60_000, 200_000)
TRACKS = 14


@dataclass(frozen=True)
class Heard:
    """One play."""

    ended_at: datetime
    track: int
    ms: int | None

    @property
    def length(self) -> int | None:
        return DURATIONS[self.track % len(DURATIONS)] if self.ms is None else self.ms

    def counts(self, at_least: int) -> bool:
        return self.length is None or self.length >= at_least * 1000


async def write(connection: AsyncConnection, plays: Sequence[Heard], zone: str | None = None, user: str = USER) -> None:
    """Plays of a listener who chose a zone. Track n is by the artists n % 3 and, if it is odd, 5; on album n % 4."""
    await connection.execute(
        insert(schema.users).values(user_id=user, name=user, account=user, linked_at=datetime.now(UTC), zone=zone)
    )
    tracks = range(TRACKS)
    rows: dict[Any, list[dict[str, object]]] = {
        schema.artists: [{"artist_id": f"artist{n}", "name": f"Artist {n}"} for n in range(6)],
        schema.albums: [{"album_id": f"album{n}", "name": f"Album {n % 2}"} for n in range(4)],
        schema.tracks: [
            {
                "track_id": f"track{n}",
                "name": f"Track {n}",
                "album_id": f"album{n % 4}",
                "duration_ms": DURATIONS[n % len(DURATIONS)],
            }
            for n in tracks
        ],
        schema.track_artists: [
            {"track_id": f"track{n}", "position": position, "artist_id": f"artist{artist}"}
            for n in tracks
            for position, artist in enumerate(artists(n))
        ],
        schema.plays: [
            {
                "user_id": user,
                "play_id": f"00000000-0000-4000-8000-{number:012}",
                "played_at": play.ended_at,
                "track_id": f"track{play.track}",
                "ms_played": play.ms,
            }
            for number, play in enumerate(plays)
        ],
    }
    for table, values in rows.items():
        if values:
            await connection.execute(insert(table).values(values))


def artists(track: int) -> tuple[int, ...]:
    return (track % 3, 5) if track % 2 else (track % 3,)


def some(moments: Sequence[datetime], number: int, seed: int = 1) -> list[Heard]:
    """Within three days of these moments, many in the hours next to them."""
    chosen = random.Random(seed)
    found = dict[tuple[datetime, int], Heard]()
    for _ in range(number):
        far = timedelta(hours=chosen.choice([4, 72]))
        at = chosen.choice(moments) + far * chosen.uniform(-1, 1)
        at = at.replace(microsecond=0)
        track = min(int(chosen.expovariate(0.4)), TRACKS - 1)
        ms = chosen.choice([None, None, 0, 9_999, 10_000, 29_999, 30_000, 60_000, 119_999, 120_000, 300_000])
        found[at, track] = Heard(at, track, ms)
    return list(found.values())


@dataclass
class Count:
    """The days of a zone, counted in Python."""

    plays: Sequence[Heard]
    zone: str
    at_least: int
    since: date | None
    until: date | None
    told: list[tuple[datetime, Heard]] = field(init=False)

    def __post_init__(self) -> None:
        local = [(play.ended_at.astimezone(ZoneInfo(self.zone)), play) for play in self.plays]
        self.told = [
            (at, play)
            for at, play in local
            if play.counts(self.at_least)
            and (self.since is None or at.date() >= self.since)
            and (self.until is None or at.date() < self.until)
        ]

    @property
    def sums(self) -> tuple[int, int, int, int, int, int]:
        """Plays, milliseconds, tracks, artists, albums and days."""
        tracks = {play.track for _, play in self.told}
        return (
            len(self.told),
            sum(play.length or 0 for _, play in self.told),
            len(tracks),
            len({artist for track in tracks for artist in artists(track)}),
            len({(track % 2, track % 3) for track in tracks}),
            len(self.days),
        )

    @property
    def days(self) -> list[date]:
        return sorted({at.date() for at, _ in self.told})

    def bars(self, by: str) -> list[tuple[date, int, int]]:
        plays, ms = Counter[date](), Counter[date]()
        for at, play in self.told:
            plays[begins(at.date(), by)] += 1
            ms[begins(at.date(), by)] += play.length or 0
        return [(day, plays[day], ms[day]) for day in sorted(plays)]

    @property
    def hours(self) -> tuple[tuple[int, ...], ...]:
        found = Counter((at.weekday(), at.hour) for at, _ in self.told)
        return tuple(tuple(found[weekday, hour] for hour in range(24)) for weekday in range(7))

    def streaks(self) -> Iterator[tuple[date, date]]:
        begun: date | None = None
        for day in self.days:
            if begun is None or day - timedelta(days=1) not in self.days:
                begun = day
            if day + timedelta(days=1) not in self.days:
                yield begun, day

    def tops(self, what: str) -> list[tuple[str, int, int]]:
        """Key, plays and milliseconds; a name is as good as a key here, as all differ."""
        plays, ms = Counter[str](), Counter[str]()
        for _, play in self.told:
            for key in keys(what, play.track):
                plays[key] += 1
                ms[key] += play.length or 0
        ranked = sorted(plays, key=lambda key: (-plays[key], -ms[key], key))
        return [(key, plays[key], ms[key]) for key in ranked]

    def repeats(self) -> list[tuple[date, str, int]]:
        found = Counter((at.date(), f"track{play.track}") for at, play in self.told)
        often = [(day, track, plays) for (day, track), plays in found.items() if plays > 1]
        return sorted(often, key=lambda each: (-each[2], -each[0].toordinal(), each[1]))[:10]

    def ends(self, what: str) -> dict[str, tuple[datetime, datetime]]:
        """When each was first and last heard, whatever period is asked of."""
        found = defaultdict[str, list[datetime]](list)
        for play in self.plays:
            if play.counts(self.at_least):
                for key in keys(what, play.track):
                    found[key].append(play.ended_at)
        return {key: (min(ends), max(ends)) for key, ends in found.items()}


def keys(what: str, track: int) -> list[str]:
    match what:
        case "tracks":
            return [f"Track {track}"]
        case "artists":
            return [f"Artist {artist}" for artist in artists(track)]
    return [f"Album {track % 2} by Artist {track % 3}"]


def begins(day: date, by: str) -> date:
    match by:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
    return day.replace(month=1, day=1)
