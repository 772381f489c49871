"""Real exports (shared folder, not in the repository): what pages and API tell of them, and a count in plain Python."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from agreeing import words
from door import Api, api_of
from imported import imported
from stack import Stack, Stacked

from spindle.shared.bus.publish import publish
from spindle.shared.ids import UserId, now
from spindle.shared.messages.choices import THRESHOLDS, ChoicesMade
from spindle.simulator import Settings, build

EXPORTS = Path(__file__).parents[3] / "shared" / "spotify" / "exports"
FILES = [
    EXPORTS / "account-jonas-mika" / "StreamingHistory5.json",
    EXPORTS / "karimyahir" / "Streaming_History_Audio_2024_6.json",
]
ZONES = ("Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe")
"""On 27 March 2022 clocks were put forward in the first two, in Beirut at midnight; on 3 April back by half an hour."""

pytestmark = pytest.mark.skipif(not all(file.exists() for file in FILES), reason="the exports are not here")


@dataclass(frozen=True)
class Heard:
    ended_at: datetime
    ms: int
    track: str
    artist: str
    album: str
    what: str
    """What tells one track from another."""


def plays(file: Path) -> list[Heard]:
    """Of music, each row once."""
    return list(dict.fromkeys(each for row in json.loads(file.read_bytes()) for each in _play(row)))


def _play(row: dict[str, str]) -> Iterator[Heard]:
    if "endTime" in row:
        at = datetime.strptime(row["endTime"], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        track, artist = row["trackName"], row["artistName"]
        yield Heard(at, int(row["msPlayed"]), track, artist, "", f"{track} by {artist}")
    elif row["spotify_track_uri"]:
        at = datetime.fromisoformat(row["ts"])
        names = (row[f"master_metadata_{name}_name"] for name in ("track", "album_artist", "album_album"))
        yield Heard(at, int(row["ms_played"]), *names, row["spotify_track_uri"])


@dataclass(frozen=True)
class Count:
    """By the clocks of a zone, of what lasted so many seconds."""

    plays: Sequence[tuple[datetime, Heard]]

    @property
    def sums(self) -> dict[str, int]:
        heard = [play for _, play in self.plays]
        return {
            "plays": len(heard),
            "ms": sum(play.ms for play in heard),
            "tracks": len({play.what for play in heard}),
            "artists": len({play.artist for play in heard}),
            "albums": len({(play.album, play.artist) for play in heard if play.album}),
            "days": len(self.by_day),
        }

    @property
    def by_day(self) -> Counter[date]:
        return Counter(at.date() for at, _ in self.plays)

    @property
    def hours(self) -> list[list[int]]:
        found = Counter((at.weekday(), at.hour) for at, _ in self.plays)
        return [[found[day, hour] for hour in range(24)] for day in range(7)]

    @property
    def longest(self) -> tuple[int, date]:
        """In days, and the first of them; of several the first that came or the last, as it may be."""
        runs = groupby(enumerate(sorted(self.by_day)), key=lambda each: each[1] - timedelta(each[0]))
        return max((len(days), days[0]) for days in ([day for _, day in run] for _, run in runs))

    def top(self, what: str) -> list[tuple[int, int]]:
        """Plays and milliseconds, the most first."""
        key = {"tracks": lambda p: p.what, "artists": lambda p: p.artist, "albums": lambda p: (p.album, p.artist)}[what]
        number, length = Counter[object](), Counter[object]()
        for _, play in self.plays:
            if play.album or what != "albums":
                number[key(play)] += 1
                length[key(play)] += play.ms
        return sorted(((number[each], length[each]) for each in number), reverse=True)

    @property
    def again(self) -> list[int]:
        """How often a track was heard within a day, at most."""
        found = Counter((at.date(), play.what) for at, play in self.plays)
        return sorted((times for times in found.values() if times > 1), reverse=True)[:10]


def counted(heard: Sequence[Heard], zone: str, at_least: int, since: date, until: date) -> Count:
    local = ((play.ended_at.astimezone(ZoneInfo(zone)), play) for play in heard if play.ms >= at_least * 1000)
    return Count([(at, play) for at, play in local if since <= at.date() < until])


async def choose(stack: Stack, user: UserId, zone: str) -> None:
    await publish(stack.js, ChoicesMade(user=user, zone=zone, chosen_at=now()))

    async def chosen() -> bool:
        one = await stack.listener(user)
        return one is not None and one.zone == zone

    await stack.until(chosen)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
async def test_what_is_told_of_a_real_export_is_what_it_holds_in_every_zone(stacked: Stacked, file: Path) -> None:
    heard = plays(file)
    first, last = min(play.ended_at for play in heard).date(), max(play.ended_at for play in heard).date()
    middle = first + (last - first) / 2
    async with stacked(build(Settings(listeners=1, history_days=0))) as stack:
        await stack.start("recorder", "scheduler", "sync_worker")
        (user,) = await stack.everybody()
        await imported(stack, user, {file.name: file.read_bytes()})
        async with api_of(stack) as api:
            for zone in ZONES:
                await choose(stack, user, zone)
                for at_least in THRESHOLDS if zone == ZONES[0] else (0,):
                    await compare(api, user, heard, zone, at_least, (first - timedelta(2), last + timedelta(2)))
                await compare(api, user, heard, zone, 30, (middle, last))
                await compare_page(api, user, heard, zone, (first, middle))


async def compare(
    api: Api, user: UserId, heard: Sequence[Heard], zone: str, at_least: int, days: tuple[date, date]
) -> None:
    since, until = days
    expected, before = (counted(heard, zone, at_least, *each) for each in (days, (since - (until - since), since)))
    asked = {"since": str(since), "until": str(until - timedelta(1)), "at_least": at_least}  # both counted in

    told = await api.get(f"users/{user}/listening", by="day", **asked)

    assert (told["zone"], told["heard"], told["before"]) == (zone, expected.sums, before.sums)
    assert {each["begins"]: each["plays"] for each in told["bars"]} == {
        str(day): number for day, number in expected.by_day.items()
    }
    assert told["hours"] == expected.hours
    assert told["longest"]["days"] == expected.longest[0]
    for what in ("tracks", "artists", "albums"):
        rows = (await api.get(f"users/{user}/tops", what=what, limit=1000, **asked))["rows"]
        assert [(row["plays"], row["ms"]) for row in rows] == expected.top(what)[:1000], what
    again = (await api.get(f"users/{user}/repeats", **asked))["rows"]
    assert [row["plays"] for row in again] == expected.again


async def compare_page(api: Api, user: UserId, heard: Sequence[Heard], zone: str, days: tuple[date, date]) -> None:
    since, until = days
    sums = counted(heard, zone, 30, since, until).sums

    page = await api.http.get(
        f"/listening/{user}", params={"from": str(since), "to": str(until - timedelta(1)), "by": "day"}
    )

    told = words(page)
    for name, number in sums.items():
        if name != "ms":
            assert f"{'Days with music' if name == 'days' else name.capitalize()} {number:,} " in told, told[:2000]
    assert f"days of {zone}" in told
