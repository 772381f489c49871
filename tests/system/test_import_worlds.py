"""Whether a play is polled first or imported first, it is there once, with what both sides know of it."""

import json
import time
from calendar import timegm
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from imported import imported
from stack import Stack, Stacked, milliseconds

from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.ask import PlayRow
from spindle.shared.messages.control import Trigger
from spindle.shared.messages.jobs import Status
from spindle.simulator import Clock, Settings, Stamps, build
from spindle.simulator.worlds.plays import RULE_MS, Context, Hidden, Play, World

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAYS = 4
STAMPS = {
    "the exact end": Stamps(),
    "the start": Stamps(started=1.0),
    "a whole second": Stamps(whole=1.0),
    "an end without the pause": Stamps(paused=1.0),
    "one or another": Stamps(started=0.02, paused=0.2, whole=0.2),
}
Known = tuple[str, int, int | None, bool, bool]


@dataclass(frozen=True)
class Strict:
    """A world of which the API shows no play that was shorter than 30 s, as it says."""

    world: World

    def newest_first(self, before: int) -> Iterator[Play]:
        for play in self.world.newest_first(before):
            yield play if play.ms_played >= RULE_MS else replace(play, hidden=Hidden.SHORT)


def world(stamps: Stamps) -> Any:
    """Deep, so that all of it can be polled. A short play that is shown at another time than its end is nobody's twin:
    where the stamps are not exact, there are none."""
    made = build(Settings(listeners=1, history_days=DAYS), Clock(NOON, speed=0)).state.simulation.listeners
    (listener,) = made
    settings = Settings(listeners=0, reach=None, late=False, stamps=stamps)
    exact = not (stamps.started or stamps.paused)
    return build(settings, Clock(NOON, speed=0), [listener.world if exact else Strict(listener.world)])


def played(stack_app: Any) -> list[Play]:
    (listener,) = stack_app.state.simulation.listeners
    now = milliseconds(NOON)
    return [play for play in listener.newest_first(now + 1) if play.track and play.ended_at <= now]


async def begin(stack: Stack, at: datetime) -> UserId:
    """A listener whose initial sync has ended."""
    await stack.simulator("clock", set=at.isoformat())
    await stack.start(initial_sync_max_days=36500)
    (user,) = await stack.everybody()
    await stack.finished(user, Kind.INITIAL)
    await stack.finished(user, Kind.POLL)
    return user


async def download(stack: Stack, form: str) -> dict[str, bytes]:
    (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
    answer = await stack.http.get(f"{stack.spotify}/control/listeners/{person['id']}/export", params={"format": form})
    assert answer.status_code == httpx.codes.OK
    return {f"{form}.zip": answer.content}


def known(play: Play) -> Known:
    """What must be stored of it: the API's time to the millisecond where it showed the play."""
    assert play.track
    at = play.ended_at // 1000 * 1000 if play.hidden else play.played_at
    return play.track.id, at, play.ms_played, play.ms_played < RULE_MS, True


def stored(row: PlayRow) -> Known:
    how = row.circumstances
    told = how is not None and None not in (how.platform, how.country, how.reason_start, how.reason_end)
    return row.track_id, milliseconds(row.played_at), row.ms_played, row.short, told


def context(play: Play) -> str | None:
    """Where the API says that it was started from."""
    of = play.context
    return f"spotify:{of.kind}:{of.id}" if isinstance(of, Context) and not play.hidden else None


async def contexts(stack: Stack) -> Counter[str | None]:
    connection = await asyncpg.connect(stack.database_url.replace("+asyncpg", "").split("?")[0], ssl=False)
    found = await connection.fetch("SELECT context FROM plays")
    await connection.close()
    return Counter(row["context"] for row in found)


@pytest.mark.parametrize("told", STAMPS)
@pytest.mark.parametrize("first", ["polled", "imported"])
async def test_a_play_is_there_once_with_what_both_sides_know(stacked: Stacked, first: str, told: str) -> None:
    app = world(STAMPS[told])
    async with stacked(app) as stack:
        user = await begin(stack, NOON if first == "polled" else NOON - timedelta(days=DAYS + 1))
        await stack.simulator("clock", set=NOON.isoformat())
        receipt = await imported(stack, user, await download(stack, "extended-2025"))
        if first == "imported":
            assert (await stack.control(Trigger(user=user, what="initial", again=True))).done
            await stack.finished(user, Kind.INITIAL, count=2)

        expected, rows = played(app), await stack.plays(user)

        assert Counter(map(stored, rows)) == Counter(map(known, expected))
        assert await contexts(stack) == Counter(map(context, expected))
        shown = sum(play.hidden is None for play in expected)
        assert receipt.status is Status.SUCCESS
        assert receipt.buckets.merged == (shown if first == "polled" else 0)
        assert receipt.buckets.new + receipt.buckets.short + receipt.buckets.merged == len(expected)
        assert len(expected) > shown > 100


@pytest.mark.parametrize("forms", [("account-2024", "extended-2022"), ("extended-2025", "account-2024")], ids=">".join)
async def test_both_packages_tell_of_the_same_plays(stacked: Stacked, forms: tuple[str, str]) -> None:
    app = world(Stamps())
    async with stacked(app) as stack:
        user = await begin(stack, NOON - timedelta(days=DAYS + 1))
        await stack.simulator("clock", set=NOON.isoformat())
        first, second = [await imported(stack, user, await download(stack, form)) for form in forms]

        expected, rows = played(app), await stack.plays(user)

        def to_the_second(play: Play) -> Known:
            assert play.track
            return play.track.id, play.ended_at // 1000, play.ms_played, play.ms_played < RULE_MS, True

        found = [(row.track_id, milliseconds(row.played_at) // 1000, *stored(row)[2:]) for row in rows]
        assert Counter(found) == Counter(map(to_the_second, expected))
        assert first.buckets.new + first.buckets.short == len(expected)
        assert second.buckets.new + second.buckets.short + second.buckets.merged == 0


# --- servers elsewhere -------------------------------------------------------------------------------------------


@pytest.fixture(params=["UTC", "America/New_York"])
async def zone(request: pytest.FixtureRequest, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Of this process, in which the services run, and of every session of the database."""
    connection = await asyncpg.connect(database_url.replace("+asyncpg", "").split("?")[0], ssl=False)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET timezone = '{request.param}'")
    await connection.close()
    with monkeypatch.context() as here:
        here.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


CHANGES = (datetime(2025, 11, 2, 2, tzinfo=UTC), datetime(2026, 3, 8, 3, tzinfo=UTC))
"""Some hours before New York's clocks go back, and before they go forward."""


def around_the_changes() -> Iterator[datetime]:
    for begin in CHANGES:
        for minutes in range(0, 360, 7):
            yield begin + timedelta(minutes=minutes, seconds=minutes % 60)


def extended(at: datetime, number: int) -> dict[str, object]:
    return {
        "ts": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ms_played": 180_000 + number,
        "master_metadata_track_name": f"Salt {number}",
        "master_metadata_album_artist_name": "Ivy Tolliver",
        "spotify_track_uri": f"spotify:track:{number:022}",
        "reason_end": "trackdone",
    }


def account(at: datetime, number: int) -> dict[str, object]:
    return {
        "endTime": at.strftime("%Y-%m-%d %H:%M"),
        "artistName": "Odette Marshwood",
        "trackName": f"Lantern {number}",
        "msPlayed": 180_000 + number,
    }


async def test_a_server_in_another_time_zone_stores_the_same_times(stacked: Stacked, zone: str) -> None:
    songs = [extended(at, number) for number, at in enumerate(around_the_changes())]
    minutes = [account(at, number) for number, at in enumerate(around_the_changes())]
    files = {
        "Streaming_History_Audio_2025-2026.json": json.dumps(songs).encode(),
        "StreamingHistory_music_0.json": json.dumps(minutes).encode(),
    }
    async with stacked(build(Settings(listeners=1, history_days=0), Clock(NOON, speed=0))) as stack:
        await stack.start()
        (user,) = await stack.everybody()
        receipt = await imported(stack, user, files)

        rows = {row.track: milliseconds(row.played_at) for row in await stack.plays(user)}

        assert receipt.buckets.new == receipt.rows == len(songs) + len(minutes)
        for row in songs:
            at = timegm(time.strptime(str(row["ts"]), "%Y-%m-%dT%H:%M:%SZ"))
            assert rows[str(row["master_metadata_track_name"])] == at * 1000
        for row in minutes:
            at = timegm(time.strptime(str(row["endTime"]), "%Y-%m-%d %H:%M"))
            assert rows[str(row["trackName"])] == at * 1000
        assert time.tzname[0] == ("UTC" if zone == "UTC" else "EST")
