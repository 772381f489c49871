"""The migrations lead from nothing to the tables that the code knows."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from spindle.recorder.commits import Commits
from spindle.recorder.errors import SchemaTooNew
from spindle.recorder.outcomes import Recorded
from spindle.recorder.recounting import Recounting
from spindle.recorder.store import answers
from spindle.recorder.store.engine import engine
from spindle.recorder.store.listening import Patience
from spindle.recorder.store.migrate import Standing, configuration, migrate, standing, to
from spindle.recorder.store.schema import metadata
from spindle.shared.ids import Kind, new_job, now
from spindle.shared.messages.ask import AskCoverage, AskJobs, AskListening, AskPlays, AskSteps, AskUsers
from spindle.shared.messages.jobs import Status, Verdict
from spindle.shared.messages.plays import Play, PlaysFetched, Source, Track


def differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


async def test_an_empty_database_is_brought_to_the_tables_of_the_code(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate(empty_database_url) for _ in range(3)))

    await migrate(empty_database_url)

    database = engine(empty_database_url)
    async with database.connect() as connection:
        assert await connection.run_sync(differences) == []
        collations = await connection.exec_driver_sql(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE collation_name = 'C' AND table_schema = 'public' AND table_name <> 'alembic_version'"
        )
        known = {(row[0], row[1]) for row in collations}
    await database.dispose()
    assert known == {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if getattr(column.type, "collation", None) == "C"
    }


async def test_a_table_that_the_migrations_forgot_is_noticed(database: Any) -> None:
    async with database.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE plays DROP COLUMN ms_played")
        await connection.exec_driver_sql("DROP INDEX jobs_ending")

        found = await connection.run_sync(differences)

    assert len(found) == 3  # the column took an index along


async def test_tables_of_a_newer_spindle_are_refused_and_left_alone(database: Any, database_url: str) -> None:
    async with database.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    for look in (migrate, standing):
        with pytest.raises(SchemaTooNew, match=r"The database \(schema 9999\) is of a newer Spindle"):
            await look(database_url)

    async with database.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar() == "9999"


async def test_how_a_database_stands_is_known_before_anything_is_done(empty_database_url: str) -> None:
    empty = await standing(empty_database_url)
    await migrate(empty_database_url)
    full = await standing(empty_database_url)

    assert (empty.has, empty.older) == (None, False)
    assert (full.has, full.older) == (full.wants, False)
    assert Standing("0001", "0002").older


def revisions() -> list[str]:
    """From the first on."""
    return [each.revision for each in ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]


USER = "01950001-0000-7000-8000-000000000000"
JOB = f"poll.{USER}.{1:032x}"
FIRST_ROWS = (
    "INSERT INTO artists VALUES ('local:a', 'Ada'), ('artist2', 'Björk')",
    "INSERT INTO albums VALUES ('local:b', 'Album', NULL)",
    "INSERT INTO tracks VALUES ('track1', 'One', 'local:b', 180000, NULL, NULL)",
    "INSERT INTO tracks VALUES ('track2', 'Two', NULL, NULL, 'X', true)",
    "INSERT INTO track_artists VALUES ('track1', 0, 'local:a'), ('track2', 0, 'artist2')",
    f"INSERT INTO users VALUES ('{USER}', 'Ada', 'account', '2024-01-01', NULL, NULL, NULL)",
    "INSERT INTO users (user_id, removed_at) VALUES ('01950002-0000-7000-8000-000000000000', '2024-02-02')",
    f"""INSERT INTO checkpoints (user_id, plays, last_played_at, poll_job, poll_started_at, next_poll_at, paused)
        VALUES ('{USER}', 2, '2024-03-01 12:05', '{JOB}', '2024-03-01 12:10', '2024-03-01 12:20', '{{poll}}')""",
    f"INSERT INTO coverage VALUES ('{USER}', 'poll', '{{[2024-03-01 11:00, 2024-03-01 12:10)}}')",
    f"""INSERT INTO jobs VALUES ('{USER}', '{JOB}', 'poll', 'success', NULL, NULL, NULL, '2024-03-01 12:10',
                                 '2024-03-01 12:11', 1, 1, 2, 2, 0)""",
    f"""INSERT INTO job_steps (user_id, job, step, hash, what, started_at, at, attempt, requests, fetched, new, verdict,
                               began, waits, outcome, finished_at, plays, sum_steps, sum_requests, sum_fetched, sum_new)
        VALUES ('{USER}', '{JOB}', 1, 'h', 'page', '2024-03-01 12:10', '2024-03-01 12:11', 0, 1, 2, 2,
                '{{"status": "success"}}', true, false, '{{"status": "success"}}', '2024-03-01 12:11', 2,
                1, 1, 2, 2)""",
    f"""INSERT INTO plays SELECT '{USER}', format('00000000-0000-4000-8000-%s', lpad(n::text, 12, '0'))::uuid,
                                 '2024-03-01 12:00'::timestamptz + n * interval '5 minutes', 'track' || n + 1, NULL,
                                 'spotify:album:x'
        FROM generate_series(0, 1) AS n""",
    f"""INSERT INTO sightings SELECT user_id, 'poll', track_id || '@' || (extract(epoch FROM played_at) * 1000)::bigint,
                                     play_id, '{JOB}', 1, '2024-03-01 12:11', NULL
        FROM plays""",
)
"""As the first version of all wrote them."""


async def test_a_database_of_the_first_version_comes_through_every_revision_with_everything_in_it(
    empty_database_url: str,
) -> None:
    database = engine(empty_database_url)
    async with database.begin() as connection:
        await connection.run_sync(to, "0001")
        for statement in FIRST_ROWS:
            await connection.exec_driver_sql(statement)

    for revision in revisions()[1:]:
        async with database.begin() as connection:
            await connection.run_sync(to, revision)

    await Recounting(database, Patience(quiet=timedelta())).all()
    async with database.connect() as connection:
        assert await connection.run_sync(differences) == []
        [listener] = (await answers.users(connection, AskUsers())).users
        plays = (await answers.plays(connection, AskPlays(user=USER))).plays
        [job] = (await answers.jobs(connection, AskJobs(ending=JOB[-8:]))).jobs
        [step] = (await answers.steps(connection, AskSteps(user=USER, job=JOB))).steps
        heard = await answers.listening(connection, AskListening(user=USER, at_least=0), now())
        [window] = (await answers.windows(connection, AskCoverage(user=USER))).windows
    assert (listener.name, listener.plays, listener.paused) == ("Ada", 2, ("poll",))
    assert [(each.track, each.artists, each.album, each.job) for each in plays] == [
        ("One", ("Ada",), "Album", JOB),
        ("Two", ("Björk",), None, JOB),
    ]
    assert (job.status, job.new, step.new, step.status) == (Status.SUCCESS, 2, 2, Status.SUCCESS)
    assert (heard.heard.plays, heard.heard.tracks) == (2, 2)
    assert window.before - window.after == timedelta(minutes=70)
    again = PlaysFetched(
        user=USER,
        job=new_job(Kind.POLL, USER),
        step=1,
        source=Source.POLL,
        requests=1,
        started_at=now(),
        fetched_at=now(),
        plays=(Play(played_at=plays[0].played_at, track=Track(id="track1", name="One")),),
        verdict=Verdict(status=Status.SUCCESS),
    )
    [outcome] = await Commits(database).commit([again])
    assert isinstance(outcome, Recorded)
    assert outcome.booked
    assert outcome.booked.entry.new == 0
    await database.dispose()
