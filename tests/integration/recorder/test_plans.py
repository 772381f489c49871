"""What is asked of the database finds its rows through an index, however many listeners there are.

PostgreSQL itself says how it would go about each statement, on tables of many listeners whose statistics it knows.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from lives import lead
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from spindle.recorder.recording import record
from spindle.recorder.store import answers, forgetting
from spindle.recorder.store import listening as rollups
from spindle.recorder.store.engine import engine
from spindle.recorder.store.listening import Patience
from spindle.recorder.store.schema import metadata
from spindle.shared.catalogue.parties import ANSWERS
from spindle.shared.ids import Kind, new_job, now
from spindle.shared.messages import Message
from spindle.shared.messages.ask import (
    AskBelongings,
    AskCoverage,
    AskGaps,
    AskImports,
    AskJobs,
    AskListening,
    AskPlays,
    AskRejects,
    AskRepeats,
    AskSteps,
    AskTops,
    AskUsers,
    Ranked,
)
from spindle.shared.messages.imports import ImportRevoked
from spindle.shared.messages.jobs import Status
from spindle.shared.messages.plays import Source
from spindle.shared.messages.users import AccountRemoved

from .conftest import make_database

LISTENERS = 600
FEW = {"users", "checkpoints", "forgotten"}
"""Of which everybody has one row, and whoever asks for everybody reads all; or there are none but a few."""
CATALOGUE = {"tracks", "albums", "artists", "track_artists", "songs"}
"""Small here beside what one listener has heard."""

# What was counted beforehand, if only as many rows as there would be.
_COUNTED = """
    INSERT INTO listening_days
    SELECT user_id, played_at::date, array_fill(count(*)::int, ARRAY[5]), array_fill(sum(ms_played), ARRAY[5]),
           array_fill(1, ARRAY[120])
    FROM plays WHERE ms_played IS NOT NULL GROUP BY 1, 2;
    INSERT INTO listening_years
    SELECT user_id, extract(year FROM played_at), track_id, array_fill(count(*)::int, ARRAY[5]),
           array_fill(sum(ms_played), ARRAY[5])
    FROM plays WHERE ms_played IS NOT NULL GROUP BY 1, 2, 3;
    INSERT INTO listening_repeats
    SELECT DISTINCT ON (user_id, day) user_id, day, '0', ARRAY[2, 2, 2, 2, 2] FROM listening_days;
    INSERT INTO listening_counted SELECT DISTINCT user_id, year, make_date(year + 1, 1, 1) FROM listening_years;
    DELETE FROM listening_stale WHERE month < now() - interval '40 days';
    INSERT INTO sightings (user_id, source, natural_key, play_id, job, step, seen_at)
    SELECT user_id, 'initial', track_id || '@' || CAST(extract(epoch FROM played_at) * 1000 AS bigint), play_id, 'x', 1,
           played_at
    FROM plays;
    INSERT INTO import_files (user_id, import, file, name)
    SELECT user_id, number, n, 'x' FROM imports, generate_series(0, 9) AS n;
    INSERT INTO import_rejects SELECT user_id, number, 0, n, 'x' FROM imports, generate_series(0, 29) AS n;
"""


@pytest.fixture(scope="module")
def crowd(postgres: str) -> Iterator[tuple[str, str]]:
    """The address of a database with many listeners, and one of them."""

    async def fill() -> tuple[str, str]:
        address = await make_database(postgres, "spindle")
        await lead(address, LISTENERS, 100, days=1)
        connection = await asyncpg.connect(address.split("?")[0], ssl=False)
        await connection.execute(_COUNTED)
        await connection.execute("ANALYZE")
        user = await connection.fetchval("SELECT user_id::text FROM users ORDER BY user_id OFFSET 300 LIMIT 1")
        await connection.close()
        return address, user

    return asyncio.run(fill())


@pytest.fixture
async def listening(crowd: tuple[str, str]) -> AsyncIterator[AsyncEngine]:
    database = engine(crowd[0], connections=1)
    yield database
    await database.dispose()


def asked(user: str) -> list[tuple[Message, set[str]]]:
    """Every question, in the ways in which pages and commands ask it, and which indexes it must use at least.

    What looks through all plays of a listener may take any that begins with the listener: of a hundred, all are cheap.
    """
    poll, archive = (f"{kind}.{user}.{'1'.rjust(32, '0')}" for kind in (Kind.POLL, Kind.ARCHIVE))
    now = datetime.now(UTC)
    of = {"user": user}
    year: dict[str, Any] = {**of, "since": date(2020, 1, 1), "until": date(2021, 1, 1)}
    weeks: dict[str, Any] = {**of, "since": now.date() - timedelta(days=27), "until": now.date() + timedelta(days=1)}
    first, artist, track = "plays_once", "0" * 22, "0" * 20 + "12"
    return [
        (AskUsers(user="Listener 7"), {"users_name", "checkpoints_pkey", "coverage_pkey"}),
        (AskUsers(user=user), {"users_pkey", "checkpoints_pkey"}),
        (AskUsers(after=user, limit=20), {"users_pkey", "checkpoints_pkey", "coverage_pkey"}),
        (AskUsers(unwell_since=now - timedelta(minutes=5), limit=20), set()),
        (AskBelongings(**of), set()),
        (AskGaps(**of), {"coverage_pkey"}),
        (AskCoverage(**of, since=now - timedelta(days=30), until=now), {"coverage_pkey"}),
        (AskPlays(**of, latest=True, limit=50), {first, "sightings_play", "import_rows_pkey"}),
        (AskPlays(**of, limit=2000), set()),
        (AskPlays(**of, since=now - timedelta(days=60), until=now, limit=2000), {first}),
        (AskPlays(**of, latest=True, limit=50, after=f"1600000000000@{track}"), {first}),
        (AskPlays(**of, latest=True, limit=50, track=track), {"plays_of_track"}),
        (AskPlays(**of, latest=True, limit=50, artist=artist), {"track_artists_of_artist"}),
        (AskPlays(**of, latest=True, limit=50, album=artist), {"tracks_of_album"}),
        (AskPlays(**of, latest=True, limit=50, search="nothing"), set()),
        (AskPlays(**of, latest=True, limit=50, source=Source.POLL), {"sightings_play"}),
        (AskPlays(**of, latest=True, limit=50, source=Source.IMPORT), set()),
        (AskPlays(**of, latest=True, limit=50, skipped=True), {"import_rows_pkey"}),
        (AskPlays(**of, latest=True, limit=50, short=True), set()),
        *((AskListening(**when), {"listening_stale_pkey", "listening_counted_pkey", first}) for when in (of, weeks)),
        (AskListening(**year), {"listening_days_pkey", "listening_years_pkey", first}),
        *((AskTops(**year, what=what), {"listening_years_pkey", "plays_of_track"}) for what in Ranked),
        (AskTops(**weeks), {first}),
        (AskRepeats(**year), {"listening_repeats_pkey"}),
        (AskRepeats(**weeks), {first}),
        (AskJobs(limit=50), {"jobs_newest"}),
        (AskJobs(**of, limit=50), {"jobs_of_user"}),
        (AskJobs(**of, kind=Kind.ARCHIVE, limit=50), set()),
        (AskJobs(kind=Kind.ARCHIVE, limit=50), {"jobs_of_kind"}),
        (AskJobs(status=Status.RUNNING, limit=50), {"jobs_by_status"}),
        (AskJobs(status=Status.ERROR, user=user, limit=50), set()),
        (AskJobs(ending=poll[-40:], limit=50), {"jobs_ending"}),
        (AskJobs(user=user, ending=poll, limit=1), set()),
        (AskJobs(since=now - timedelta(hours=2), until=now, limit=50), {"jobs_newest"}),
        (AskJobs(**of, after=f"1600000000000000@{poll}", limit=50), set()),
        (AskSteps(**of, job=poll), {"job_steps_pkey"}),
        (AskImports(limit=50), {"imports_newest", "import_files_pkey"}),
        (AskImports(**of, files=True, limit=50), {"import_files_pkey"}),
        (AskImports(**of, ending=archive, files=True, limit=1), {"import_files_pkey"}),
        (AskImports(ending=archive[-40:], limit=2), {"imports_ending"}),
        (AskRejects(**of, job=archive), {"import_rejects_pkey"}),
    ]


async def answered(connection: Any, question: Message) -> None:
    answer = getattr(answers, {"AskCoverage": "windows"}.get(name := type(question).__name__, name[3:].lower()))
    more = [datetime.now(UTC)] if isinstance(question, AskListening) else []
    await answer(connection, question, *more)


@contextmanager
def overheard(database: AsyncEngine) -> Iterator[list[tuple[str, Sequence[Any]]]]:
    """The statements that were sent, with what stands for their parameters."""
    said: list[tuple[str, Sequence[Any]]] = []

    def hear(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        said.append((statement, parameters[0] if many else parameters))

    event.listen(database.sync_engine, "before_cursor_execute", hear)
    yield said
    event.remove(database.sync_engine, "before_cursor_execute", hear)


def parts(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from parts(part)


async def planned(connection: Any, said: Sequence[tuple[str, Sequence[Any]]]) -> list[dict[str, Any]]:
    """Of what would be done: nothing is."""
    driver = (await connection.get_raw_connection()).driver_connection
    found = []
    for statement, parameters in said:
        if not statement.lstrip().startswith(("SELECT", "WITH", "(", "INSERT", "UPDATE", "DELETE")):
            continue
        [row] = await driver.fetch(f"EXPLAIN (FORMAT JSON) {statement}", *parameters)
        found += list(parts(row[0][0]["Plan"]))
    return found


Deed = Callable[[AsyncConnection], Awaitable[object]]


def deeds(user: str, world: Any) -> list[tuple[Deed, set[str]]]:
    """What the recorder does to one listener, and which indexes it must use at least."""
    archive = f"{Kind.ARCHIVE}.{user}.{'1'.rjust(32, '0')}"
    poll = world.poll(1, *range(1, 51), window=world.window(0, 50))
    poll = poll.model_copy(update={"user": user, "job": new_job(Kind.POLL, user)})
    undo = ImportRevoked(user=user, job=archive, started_at=world.at(0), revoked_at=world.at(1))
    removal = AccountRemoved(user=user, removed_at=world.at(1))
    theirs = {f"{table}_pkey" for table in ("job_steps", "import_rows", "coverage", "listening_stale")}
    return [
        (
            lambda connection: record(connection, [poll]),
            {"users_pkey", "checkpoints_pkey", "job_steps_pkey", "sightings_pkey"},
        ),
        (lambda connection: record(connection, [undo]), {"imports_once", "import_rows_pkey"}),
        (lambda connection: record(connection, [removal]), theirs),
        (lambda connection: forgetting.polls(connection, world.at(0), forgetting.BEGINNING, 100), {"jobs_newest"}),
        (lambda connection: rollups.waiting(connection, now(), Patience(), 20), {"listening_stale_by_month"}),
        (lambda connection: rollups.count(connection, user, now()), {"listening_stale_pkey"}),
        (lambda connection: rollups.forget(connection, user), {"listening_years_pkey"}),
    ]


async def lookups(database: AsyncEngine, deed: Deed) -> tuple[set[str], set[str]]:
    """Which tables of listeners' rows it reads from end to end, and which indexes it uses. Nothing of it stays."""
    async with database.connect() as connection:
        with overheard(database) as said:
            await deed(connection)
        plan = await planned(connection, list(said))
    read = {part["Relation Name"] for part in plan if part["Node Type"] == "Seq Scan"} - FEW - CATALOGUE
    return read, {part["Index Name"] for part in plan if "Index Name" in part}


async def test_no_question_reads_a_whole_table_of_listeners_rows(
    crowd: tuple[str, str], listening: AsyncEngine
) -> None:
    questions = asked(crowd[1])
    assert {type(question) for question, _ in questions} == set(ANSWERS)

    wrong = list[str]()
    for question, wanted in questions:
        read, used = await lookups(listening, lambda connection: answered(connection, question))  # noqa: B023
        if read or not wanted <= used:
            wrong.append(f"{question!r} reads all of {read or None}, does not use {wanted - used or None}")
    assert not wrong, "\n".join(wrong)


async def test_nothing_that_the_recorder_does_reads_a_whole_table(
    crowd: tuple[str, str], listening: AsyncEngine, world: Any
) -> None:
    wrong = list[str]()
    for number, (deed, wanted) in enumerate(deeds(crowd[1], world)):
        read, used = await lookups(listening, deed)
        if read or not wanted <= used:
            wrong.append(f"deed {number} reads all of {read or None}, does not use {wanted - used or None}")
    assert not wrong, "\n".join(wrong)


async def test_there_is_no_index_that_nothing_uses(crowd: tuple[str, str], listening: AsyncEngine, world: Any) -> None:
    used = {"plays_nobody_timed"}  # by a trigger, below
    for question, _ in asked(crowd[1]):
        used |= (await lookups(listening, lambda connection: answered(connection, question)))[1]  # noqa: B023
    for deed, _ in deeds(crowd[1], world):
        used |= (await lookups(listening, deed))[1]

    assert {str(index.name) for table in metadata.tables.values() for index in table.indexes} - used == set()


async def test_another_length_of_a_track_is_looked_up_by_the_track_and_not_at_every_listener(
    listening: AsyncEngine,
) -> None:
    scans = "SELECT pg_stat_get_xact_numscans(CAST('{}' AS regclass))"  # by this connection, in its transaction
    async with listening.connect() as connection:
        await connection.execute(
            text("UPDATE tracks SET duration_ms = duration_ms + 1 WHERE track_id = '" + "0" * 22 + "'")
        )
        nobody_timed = await connection.scalar(text(scans.format("plays_nobody_timed")))
        of_track = await connection.scalar(text(scans.format("plays_of_track")))

    assert nobody_timed > 0
    assert of_track == 0
