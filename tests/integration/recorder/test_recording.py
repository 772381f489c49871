"""What batches of facts write, and which events follow."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from spindle.recorder.commits import Commits, Refused
from spindle.recorder.outcomes import Recorded, Unknown
from spindle.shared.ids import Kind
from spindle.shared.messages.jobs import JobDelayed, JobFailed, JobFinished, JobProgressed, JobStarted, Status
from spindle.shared.messages.plays import PlaysRecorded, Source
from spindle.shared.messages.users import (
    AccountRemoved,
    AccountUnlinked,
    PausesChanged,
    UserDisconnected,
    UserLinked,
    UserRemoved,
)


def delayed(world: Any, kind: Kind, step: int) -> JobDelayed:
    return JobDelayed(
        user=world.user(),
        job=world.job(kind),
        step=step,
        attempt=1,
        started_at=world.at(1),
        delayed_at=world.at(2),
        waiting_until=world.at(30),
        error="too many requests",
        requests=1,
    )


async def test_a_poll_records_its_plays_and_tells_how_many_are_new(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked())
    await book(world.poll(10, 1, 2, 3))

    events = await book(world.poll(20, 2, 3, 4, 5))

    assert [(event.new, event.duplicates, event.total) for event in events] == [(2, 2, 5)]
    assert (events[0].latest.track, events[0].next_poll_at) == ("Track 5", world.at(30))
    assert len(await tables.rows("plays")) == 5
    [row] = await tables.rows("checkpoints")
    assert (row["plays"], row["last_played_at"], row["next_poll_at"]) == (5, world.at(5), world.at(30))


async def test_a_poll_that_found_nothing_new_tells_nothing_and_writes_no_play(
    world: Any, book: Any, tables: Any
) -> None:
    minutes = range(1, 51)
    await book(world.linked())
    await book(world.poll(60, *minutes))
    of_plays = ("plays", "sightings", "tracks", "artists", "albums", "track_artists")
    before = [await tables.writes(table) for table in of_plays]

    events = await book(world.poll(70, *minutes))

    assert events == []
    assert [await tables.writes(table) for table in of_plays] == before
    assert before[0] == 50


async def test_the_same_play_twice_in_one_batch_is_new_once(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked())

    first, second = await book(world.poll(10, 1, 2), world.poll(20, 1, 2, 3))

    assert (first.new, first.duplicates, first.total) == (2, 0, 2)
    assert (second.new, second.duplicates, second.total) == (1, 2, 3)


async def test_a_play_is_reported_as_its_first_sighting_tells_it(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked())
    await book(world.poll(20, 1))
    await book(world.poll(10, 1))
    await book(world.page(1, 1, run=5))

    rows = await tables.rows("sightings", "play_id")

    assert sorted((row["source"], row["job"]) for row in rows) == [
        (Source.INITIAL, world.job(Kind.INITIAL, 5)),
        (Source.POLL, world.job(Kind.POLL, 10)),
    ]


async def test_a_fact_told_again_is_announced_with_the_same_numbers_and_ids(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked())
    facts = [
        world.started(),
        world.page(1, 5, 6),
        world.page(2, 3, 4, last=True),
        world.ended(1, Status.ERROR, Kind.POLL, run=30),
        world.poll(40, 6, 7),
    ]
    told = [await book(fact) for fact in facts]
    rows = [await tables.rows(table) for table in ("plays", "sightings", "job_steps", "jobs", "checkpoints")]

    again = [await book(fact) for fact in facts]
    together = await book(*reversed(facts))

    assert again == told
    assert sorted(together, key=str) == sorted(itertools.chain(*told), key=str)
    assert [await tables.rows(table) for table in ("plays", "sightings", "job_steps", "jobs", "checkpoints")] == rows
    kinds = [[type(event) for event in events] for events in told]
    assert kinds == [
        [JobStarted],
        [PlaysRecorded, JobProgressed],
        [PlaysRecorded, JobProgressed, JobFinished],
        [JobFailed],
        [PlaysRecorded],
    ]


async def test_a_job_is_finished_by_its_last_missing_step(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked())

    last = await book(world.page(3, last=True))
    first = await book(world.page(1, 5, 6))
    missing = await book(world.page(2, 3, 4))

    assert [type(event) for event in last] == [JobStarted, JobProgressed]
    assert [type(event) for event in first] == [PlaysRecorded, JobProgressed]
    assert [type(event) for event in missing] == [PlaysRecorded, JobProgressed, JobFinished]
    assert missing[-1].totals.model_dump() == {"steps": 3, "requests": 3, "fetched": 4, "new": 4, "duplicates": 0}
    assert missing[-1].finished_at == world.page(3, last=True).fetched_at
    [row] = await tables.rows("checkpoints")
    assert row["initial_completed_at"] == world.page(3, last=True).fetched_at
    assert row["earliest_played_at"] == world.at(3)


async def test_a_step_that_was_fetched_twice_is_counted_twice_and_is_one_step(
    world: Any, book: Any, tables: Any
) -> None:
    await book(world.linked())
    await book(world.page(1, 5, 6))

    await book(world.page(1, 5, 6, fetched_at=world.at(1) + timedelta(seconds=9)))

    [row] = await tables.rows("jobs")
    assert {name: row[name] for name in ("steps", "requests", "fetched", "new", "duplicates")} == {
        "steps": 1,
        "requests": 2,
        "fetched": 4,
        "new": 2,
        "duplicates": 2,
    }


async def test_a_cancelled_job_ends_at_once_and_late_pages_still_record_plays(
    world: Any, book: Any, tables: Any
) -> None:
    await book(world.linked(), world.page(1, 5, 6))

    ended = await book(world.ended(3, Status.CANCELLED))
    late = await book(world.page(2, 3, 4))

    assert [type(event) for event in ended] == [JobFinished]
    assert [type(event) for event in late] == [PlaysRecorded, JobProgressed]
    [row] = await tables.rows("jobs")
    assert (row["status"], row["new"], row["steps"]) == (Status.CANCELLED, 4, 2)


async def test_a_cancel_that_met_the_last_page_gives_the_same_row_in_both_orders(
    world: Any, book: Any, tables: Any
) -> None:
    facts = [world.page(1, 5, last=True), world.ended(1, Status.CANCELLED)]
    await book(world.linked())
    await book(facts[0])
    await book(facts[1])
    rows = [await tables.rows("jobs"), await tables.rows("checkpoints")]
    await tables.clear()

    await book(world.linked())
    await book(facts[1])
    await book(facts[0])

    assert [await tables.rows("jobs"), await tables.rows("checkpoints")] == rows
    assert rows[0][0]["status"] == Status.SUCCESS


async def test_a_delay_is_shown_until_its_step_is_done(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked(), world.page(1, 5, 6))
    waits = await book(delayed(world, Kind.INITIAL, 2))
    [row] = await tables.rows("jobs")
    assert (row["status"], row["waiting_until"], row["error"]) == (Status.RUNNING, world.at(30), "too many requests")
    assert [(type(event), event.waiting_until) for event in waits] == [(JobProgressed, world.at(30))]

    await book(world.page(2, 4))
    overtaken = await book(delayed(world, Kind.INITIAL, 1))

    [row] = await tables.rows("jobs")
    assert (row["waiting_until"], row["error"], row["requests"]) == (None, None, 4)
    assert overtaken == []


async def test_a_poll_that_spotify_puts_off_says_until_when_and_why(world: Any, book: Any) -> None:
    await book(world.linked())

    told = await book(delayed(world, Kind.POLL, 1))

    assert [(type(event), event.waiting_until, event.error) for event in told] == [
        (JobProgressed, world.at(30), "too many requests")
    ]


async def test_a_failed_poll_is_told_and_healed_by_the_next(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked())

    failed = await book(world.ended(1, Status.ERROR, Kind.POLL, run=20, next_poll_at=world.at(25)))
    [row] = await tables.rows("checkpoints")
    assert (row["poll_error"], row["next_poll_at"]) == ("error!", world.at(25))
    await book(world.poll(10))
    [row] = await tables.rows("checkpoints")
    assert (row["poll_error"], row["next_poll_at"]) == ("error!", world.at(25)), "an older poll heals nothing"
    await book(world.poll(30))

    assert [type(event) for event in failed] == [JobFailed]
    [row] = await tables.rows("checkpoints")
    assert (row["poll_error"], row["next_poll_at"]) == (None, world.at(40))


async def test_an_unknown_listener_is_not_recorded(world: Any, database: Any, tables: Any) -> None:
    outcomes = await Commits(database).commit([world.poll(10, 1), world.linked(2), world.poll(10, 1, user=2)])

    assert [type(outcome) for outcome in outcomes] == [Unknown, Recorded, Recorded]
    assert len(await tables.rows("plays")) == 1


async def test_a_removed_listener_leaves_a_tombstone_and_nothing_else(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked(), world.page(1, 5, 6, window=world.window(1, 6)), world.poll(10, 6, 7))
    removal = AccountRemoved(user=world.user(), removed_at=world.at(99), name="listener 1")

    told = await book(removal, world.poll(20, 8))
    late = await book(world.poll(30, 9), world.linked(at=200))

    assert told == [
        UserRemoved(user=world.user(), name="listener 1", caused_by=removal.identity),
    ]
    assert late == []
    assert await book(removal) == told
    for table in ("plays", "sightings", "coverage", "job_steps", "jobs", "checkpoints"):
        assert await tables.rows(table) == []
    [tombstone] = await tables.rows("users")
    assert {name for name, value in tombstone.items() if value is not None} == {"user_id", "removed_at"}
    await book(world.linked(2, name="listener 1", account="account-1"))


async def test_a_new_consent_heals_a_lost_link_whichever_comes_first(world: Any, book: Any, tables: Any) -> None:
    lost = AccountUnlinked(user=world.user(), unlinked_at=world.at(1), why="revoked")
    await book(world.linked())
    assert [type(event) for event in await book(lost)] == [UserDisconnected]
    [row] = await tables.rows("users")
    assert (row["disconnected_at"], row["disconnected_why"]) == (world.at(1), "revoked")

    await book(world.linked(at=2, name="renamed"))
    old = await book(lost, world.linked())

    assert [type(event) for event in old] == [UserLinked]
    [row] = await tables.rows("users")
    assert (row["name"], row["disconnected_at"]) == ("renamed", None)


@pytest.mark.parametrize(
    ("name", "account", "why"),
    [
        ("LISTENER 1", "another", "the name belongs to another listener"),
        ("other", "account-1", "the account belongs to"),
    ],
)
async def test_a_name_and_an_account_belong_to_one_listener(
    world: Any, database: Any, tables: Any, name: str, account: str, why: str
) -> None:
    commits = Commits(database)
    await commits.commit([world.linked(1)])

    [refused, recorded] = await commits.commit([world.linked(2, name, account), world.linked(3)])

    assert isinstance(refused, Refused)
    assert refused.why.startswith(why)
    assert isinstance(recorded, Recorded)
    assert len(await tables.rows("users")) == 2


async def test_a_listener_who_comes_back_is_told_to_be_synced_already(world: Any, book: Any) -> None:
    [first] = await book(world.linked())
    await book(world.page(1, 1, last=True))

    [again] = await book(world.linked(at=100))

    assert (type(first), first.initial_sync_completed) == (UserLinked, False)
    assert (type(again), again.initial_sync_completed) == (UserLinked, True)


async def test_the_larger_sequence_of_pauses_counts(world: Any, book: Any, tables: Any) -> None:
    def paused(sequence: int, *what: str) -> PausesChanged:
        return PausesChanged(user=world.user(), paused=what, sequence=sequence, changed_at=world.at(sequence))

    await book(world.linked())
    await book(paused(7, "poll"))
    await book(paused(6, "all"), paused(5))

    [row] = await tables.rows("checkpoints")
    assert row["paused"] == ["poll"]


async def test_the_catalogue_learns_what_is_better_and_forgets_nothing(world: Any, book: Any, tables: Any) -> None:
    poor = world.track(1, album=None, duration=None, artists=())
    await book(world.linked())
    await book(world.poll(10, plays=(world.play(1, poor),)))
    await book(world.poll(20, plays=(world.play(2, world.track(1, isrc="X")),)))
    await book(world.poll(30, plays=(world.play(3, poor),)))

    [row] = await tables.rows("tracks")

    assert row == {
        "track_id": "track1",
        "name": "Track 1",
        "album_id": "album1",
        "duration_ms": 180000,
        "isrc": "X",
        "explicit": None,
    }


@pytest.mark.parametrize(
    "bad",
    [
        {"step": 2**40},
        {"context": "a\0b"},
        {"track": "x" * 100_000 + "".join(map(chr, range(33, 5000)))},
    ],
    ids=["too large a number", "NUL", "too long a key"],
)
async def test_what_the_database_refuses_is_refused_alone(world: Any, database: Any, tables: Any, bad: Any) -> None:
    good = [world.linked(), *(world.poll(run, run) for run in range(10, 20))]
    page = world.poll(50, step=bad.get("step", 1))
    track = world.track(1).model_copy(update={"id": bad["track"]}) if "track" in bad else 1
    page = page.model_copy(update={"plays": (world.play(50, track, bad.get("context")),)})

    outcomes = await Commits(database).commit([*good[:5], page, *good[5:]])

    refused = [outcome for outcome in outcomes if not isinstance(outcome, Recorded)]
    assert [type(outcome) for outcome in refused] == [Refused]
    assert refused[0].why.startswith("the database refuses it: ")
    assert len(await tables.rows("plays")) == 10


async def test_a_window_is_proven_once_and_for_all_sources(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked())
    await book(world.poll(10, window=world.window(0, 10)), world.poll(20, window=world.window(10, 20)))
    await book(world.poll(30, window=world.window(5, 15)), world.poll(40, window=world.window(40, 40)))

    [row] = await tables.rows("coverage")

    assert [(range_.lower, range_.upper, range_.bounds) for range_ in row["proven"]] == [
        (world.at(0), world.at(20), "(]")
    ]
