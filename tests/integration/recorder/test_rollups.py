"""What was counted beforehand says the same as the plays themselves, whatever happens to them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import heard
import pytest
from heard import TRACKS, USER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from spindle.recorder.recounting import Recounting
from spindle.recorder.store import answers, listening, users
from spindle.recorder.store.answers.counted import counted, uncounted
from spindle.recorder.store.listening import Patience
from spindle.shared.messages.ask import AskListening, AskRepeats, AskTops, By, Ranked

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""So early that February is not over everywhere."""
ZONES = ["UTC", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati"]
PERIODS = [
    *((None, None), (date(2024, 1, 1), date(2025, 1, 1)), (date(2025, 1, 1), date(2026, 1, 1))),
    *((date(2024, 11, 17), date(2026, 2, 3)), (date(2026, 1, 15), None), (None, date(2025, 12, 31))),
]
DAYS = [
    date(2024, 12, 30),
    date(2025, 1, 1),
    date(2025, 6, 15),
    date(2025, 12, 31),
    date(2026, 1, 31),
    date(2026, 3, 2),
]


async def told(connection: AsyncConnection, counting: Any, places: Sequence[int]) -> list[Any]:
    found: list[Any] = []
    for place in places:
        since, until = PERIODS[place]
        of = {"user": USER, "since": since, "until": until, "at_least": [0, 10, 30, 60, 120][place % 5]}
        by, what = list(By)[place % 4], list(Ranked)[place % 3]
        found += [
            await answers.listening(connection, AskListening(by=by, favourites=3, **of), NOW, counting),
            await answers.tops(connection, AskTops(what=what, limit=100, **of), counting),
            await answers.repeats(connection, AskRepeats(**of), counting),
        ]
    return found


async def agree(database: AsyncEngine, *places: int) -> None:
    """What is told of these periods, or of all."""
    places = places or tuple(range(len(PERIODS)))
    async with database.connect() as connection:
        assert await told(connection, counted, places) == await told(connection, uncounted, places)


async def recount(database: AsyncEngine, times: int = 99) -> None:
    for _ in range(times):
        async with database.begin() as connection:
            if not await listening.count(connection, USER, NOW):
                return


@dataclass
class Deeds:
    """What may happen to a listener's plays: the same statements that the recorder writes, and others."""

    connection: AsyncConnection
    number: int = 0

    async def do(self, deed: str, day: date, hour: int, track: int) -> None:
        at = datetime.combine(day, time(hour), UTC) + timedelta(minutes=track, seconds=self.number)
        self.number += 1
        near = {"user": USER, "at": at, "from": at - timedelta(days=20), "to": at + timedelta(days=20)}
        near |= {"track": f"track{track}", "ms": [None, 0, 10_000, 45_000, 130_000][hour % 5]}
        near |= {"number": self.number, "zone": ZONES[hour % len(ZONES)]}
        for statement in DEEDS[deed]:
            await self.connection.execute(
                text(statement), {name: near[name] for name in near if f":{name}" in statement}
            )
        if deed == "move":
            await listening.forget(self.connection, USER)


_PLAY = "INSERT INTO plays (user_id, play_id, played_at, track_id, ms_played)"
_SOME = "user_id = CAST(:user AS uuid) AND played_at BETWEEN :from AND :to"
DEEDS = {
    "hear": [f"{_PLAY} VALUES (CAST(:user AS uuid), gen_random_uuid(), :at, :track, :ms)"],
    "import": [
        f"""{_PLAY} SELECT CAST(:user AS uuid), gen_random_uuid(), CAST(:at AS timestamptz) + n * interval '7 hours',
                           'track' || n % {TRACKS}, 31000
                    FROM generate_series(1, 60) AS n"""
    ],
    "undo": [f"DELETE FROM plays WHERE {_SOME}"],
    "improve": [f"UPDATE plays SET ms_played = CAST(:ms AS int) WHERE {_SOME} AND track_id > :track"],
    "shift": [f"UPDATE plays SET played_at = played_at - interval '31 days' WHERE {_SOME} AND track_id = :track"],
    "lengthen": ["UPDATE tracks SET duration_ms = coalesce(duration_ms, 0) + 20000 WHERE track_id = :track"],
    "move": ["UPDATE users SET zone = :zone WHERE user_id = CAST(:user AS uuid)"],
    "recount": [],
}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(list(DEEDS)), st.sampled_from(DAYS), st.integers(0, 23), st.integers(0, TRACKS - 1)),
        min_size=4,
        max_size=9,
    )
)
async def test_answers_are_those_of_the_plays_whatever_has_happened(
    database: AsyncEngine, tables: Any, deeds: list[tuple[str, date, int, int]]
) -> None:
    await tables.clear()
    async with database.begin() as connection:
        await heard.write(connection, heard.some([datetime(2025, 12, 31, 12, tzinfo=UTC)], 40), "Europe/Berlin")
    await recount(database)

    for number, (deed, day, hour, track) in enumerate(deeds):
        async with database.begin() as connection:
            await Deeds(connection, number * 1000).do(deed, day, hour, track)
        if deed == "recount":
            await recount(database, 1 + hour % 3)
        await agree(database, number % len(PERIODS))

    await recount(database)
    await agree(database)
    async with database.connect() as connection:
        found = await connection.execute(text("SELECT month FROM listening_stale"))
        assert all(month >= date(2026, 2, 1) for month in found.scalars())


@pytest.fixture
async def counted_plays(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await heard.write(connection, heard.some([datetime(2025, 6, 15, tzinfo=UTC)], 60))
    await recount(database)


LENGTHEN = text("UPDATE tracks SET duration_ms = 500000 WHERE duration_ms IS NOT NULL")
MARKED = text("SELECT count(*) FROM listening_stale WHERE month = '2025-06-01'")


@pytest.mark.usefixtures("counted_plays")
async def test_a_listener_whom_somebody_holds_is_counted_later(database: AsyncEngine) -> None:
    async with database.begin() as writing:
        await users.locked(writing, [USER])
        await Deeds(writing).do("hear", date(2025, 6, 15), 9, 6)
        async with database.begin() as counting:
            assert not await listening.count(counting, USER, NOW)

    async with database.begin() as counting:
        assert await listening.count(counting, USER, NOW)
    await agree(database)


@pytest.mark.usefixtures("counted_plays")
async def test_a_mark_that_comes_while_the_month_is_counted_is_not_lost(database: AsyncEngine) -> None:
    async with database.begin() as writing:
        await Deeds(writing).do("hear", date(2025, 6, 15), 9, 6)

    async with database.connect() as counting, database.connect() as correcting:
        assert await listening.count(counting, USER, NOW)
        corrected = asyncio.create_task(correcting.execute(LENGTHEN))  # nobody holds a listener for that
        await asyncio.wait([corrected], timeout=0.3)
        await counting.commit()
        await corrected
        await correcting.commit()

    async with database.connect() as connection:
        assert await connection.scalar(MARKED) == 1
    await agree(database)


@pytest.mark.usefixtures("counted_plays")
async def test_who_counts_waits_for_a_correction_that_is_under_way(database: AsyncEngine) -> None:
    async with database.begin() as writing:
        await Deeds(writing).do("hear", date(2025, 6, 15), 9, 6)

    async with database.connect() as counting, database.connect() as correcting:
        await correcting.execute(LENGTHEN)
        counted = asyncio.create_task(listening.count(counting, USER, NOW))
        await asyncio.wait([counted], timeout=0.3)
        await correcting.commit()
        assert await counted
        await counting.commit()

    async with database.connect() as connection:
        assert await connection.scalar(MARKED) == 0
    await agree(database)


async def test_the_recorder_counts_what_is_over_and_waits_for_quiet(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await heard.write(connection, heard.some([datetime(2024, 6, 15, tzinfo=UTC), datetime.now(UTC)], 60))

    await Recounting(database, Patience(quiet=timedelta(minutes=1))).all()
    async with database.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM listening_counted")) == 0

    recounting = Recounting(database, Patience(quiet=timedelta()))
    await recounting.begin()
    async with asyncio.timeout(60), database.connect() as connection:
        while await connection.scalar(text("SELECT count(*) FROM listening_counted")) < 2:
            await connection.rollback()
            await asyncio.sleep(0.02)
        await recounting.end()
        marked = (await connection.execute(text("SELECT month FROM listening_stale"))).scalars().all()
    assert set(marked) >= {datetime.now(UTC).date().replace(day=1)}
    assert min(marked) > date(2025, 1, 1)
    await agree(database)


async def test_a_listener_who_cannot_be_counted_keeps_nobody_from_being_counted(database: AsyncEngine) -> None:
    other = "01950000-0000-7000-8000-000000000000"
    async with database.begin() as connection:
        await heard.write(connection, heard.some([datetime(2024, 6, 15, tzinfo=UTC)], 60))
        await connection.execute(
            text("INSERT INTO users (user_id, removed_at) VALUES (CAST(:other AS uuid), now())"), {"other": other}
        )
        before_christ = "VALUES (CAST(:other AS uuid), '0044-03-15 BC', '2020-01-01')"
        await connection.execute(
            text(f"INSERT INTO listening_stale (user_id, month, since) {before_christ}"), {"other": other}
        )

    assert not await Recounting(database, Patience(quiet=timedelta())).all()

    async with database.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM listening_counted")) == 2
