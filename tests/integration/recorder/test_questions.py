"""Questions over NATS, answered by whichever recorder is free."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from nats.errors import NoRespondersError
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.questions import questions
from spindle.recorder.service import build
from spindle.shared.bus.broker import broker, include
from spindle.shared.ids import Kind, now
from spindle.shared.messages import Message, Value
from spindle.shared.messages.ask import (
    AskCoverage,
    AskGaps,
    AskImports,
    AskJobs,
    AskPlays,
    AskSteps,
    AskUsers,
    Coverage,
    Gaps,
    Jobs,
    Plays,
    Refused,
    Steps,
    Users,
    Windows,
)
from spindle.shared.messages.jobs import JobDelayed, Reason, Status, Verdict
from spindle.shared.messages.plays import Source
from spindle.shared.messages.users import AccountRemoved, AccountUnlinked, ConsentAged, Left, PausesChanged


class Ask:
    """Asks, and reads the answer as the model that is expected."""

    def __init__(self, bus: Any) -> None:
        self._client = bus.js._nc

    async def __call__(self, question: Message, answer: type[Value]) -> Any:
        return answer.model_validate_json(await self.raw(question.subject, question.encoded()))

    async def raw(self, subject: str, body: bytes) -> bytes:
        """A recorder may have subscribed without the server having heard of it yet."""
        async with asyncio.timeout(60):
            while True:
                with suppress(NoRespondersError):
                    return (await self._client.request(subject, body, timeout=60)).data
                await asyncio.sleep(0.02)


@pytest.fixture
async def ask(bus: Any, settings: Any) -> AsyncIterator[Ask]:
    recorders = [build(settings), build(settings)]
    for recorder in recorders:
        await recorder.start()
    yield Ask(bus)
    for recorder in recorders:
        await recorder.stop()


async def test_listeners_are_found_by_name_and_id_and_page_by_page(world: Any, book: Any, ask: Ask) -> None:
    await book(*(world.linked(n) for n in (1, 2, 3)), world.linked(4, name="Åse"))
    await book(AccountRemoved(user=world.user(2), removed_at=world.at(1)))

    first = await ask(AskUsers(limit=2), Users)
    rest = await ask(AskUsers(limit=2, after=first.users[-1].user), Users)

    assert ([each.name for each in first.users], first.more) == (["listener 1", "listener 3"], True)
    assert ([each.name for each in rest.users], rest.more) == (["Åse"], False)
    for name in ("LISTENER 3", world.user(3), world.user(3).upper()):
        assert [each.user for each in (await ask(AskUsers(user=name), Users)).users] == [world.user(3)]
    for nobody in ("listener 2", world.user(2), "listener", "%", "' OR 1=1 --", "\\"):
        assert (await ask(AskUsers(user=nobody), Users)).users == ()


async def test_a_listener_tells_how_far_their_recording_has_come(world: Any, book: Any, ask: Ask) -> None:
    await book(world.linked(), world.page(1, 5, 6), world.page(2, 3, last=True), world.poll(20, 6, 7))
    await book(world.ended(1, Status.ERROR, Kind.POLL, run=30, next_poll_at=world.at(35)))
    await book(PausesChanged(user=world.user(), paused=("poll",), sequence=1, changed_at=world.at(31)))
    await book(AccountUnlinked(user=world.user(), unlinked_at=world.at(32), why="revoked"))
    await book(world.page(1, run=40))

    [known] = (await ask(AskUsers(user="listener 1"), Users)).users

    assert (known.plays, known.last_played_at, known.poll_error) == (4, world.at(7), "error!")
    assert (known.last_poll_at, known.next_poll_at) == (world.poll(20).fetched_at, world.at(35))
    assert (known.paused, known.disconnected_why) == (("poll",), "revoked")
    sync = known.initial_sync
    assert (sync.started_at, sync.running) == (world.at(40), world.job(Kind.INITIAL, 40))
    assert (sync.completed_at, sync.reason) == (world.page(2, last=True).fetched_at, Reason.EMPTY_PAGE)
    assert sync.earliest_played_at == world.at(3)


async def test_a_listener_tells_of_their_consent_and_how_polls_go(world: Any, book: Any, ask: Ask) -> None:
    failing = Verdict(status=Status.ERROR, error="no", failing_since=world.at(20))
    consent = {"linked_at": world.at(0), "ends_at": world.at(99), "left": Left.MONTH, "noticed_at": world.at(31)}
    await book(world.linked(at=0, authorized=-5), world.linked(2))
    await book(*(world.poll(n, due_at=now() - timedelta(minutes=n)) for n in (1, 2, 3)))
    await book(world.ended(1, Status.ERROR, Kind.POLL, run=30, verdict=failing))
    await book(ConsentAged(user=world.user(), **consent))

    known, other = (await ask(AskUsers(), Users)).users

    assert (known.authorized_at, known.warned, known.failing_since) == (world.at(-5), Left.MONTH, world.at(20))
    assert known.poll_lag.polls == 3
    assert timedelta(minutes=2) <= known.poll_lag.p50 < timedelta(minutes=3) <= known.poll_lag.p95
    assert (other.authorized_at, other.warned, other.failing_since, other.poll_lag) == (None, None, None, None)


async def test_only_those_who_are_not_simply_polled_are_told_when_asked_so(world: Any, book: Any, ask: Ask) -> None:
    await book(*(world.linked(n) for n in range(1, 9)))
    await book(*(world.poll(20, 5, user=n) for n in range(1, 8)))  # the next one is due at minute 30
    await book(AccountUnlinked(user=world.user(2), unlinked_at=world.at(32), why="revoked"))
    await book(PausesChanged(user=world.user(3), paused=("poll",), sequence=1, changed_at=world.at(31)))
    await book(world.ended(1, Status.ERROR, Kind.POLL, run=25, user=4, next_poll_at=world.at(30)))
    await book(world.ended(1, Status.ERROR, run=25, user=5))
    await book(world.poll(25, 6, user=6, next_poll_at=world.at(29)))

    async def unwell(since: float) -> list[int]:
        found = (await ask(AskUsers(unwell_since=world.at(since)), Users)).users
        return [int(each.name.removeprefix("listener ")) for each in found]

    assert await unwell(28) == [2, 3, 4, 5, 8]
    assert await unwell(29.5) == [2, 3, 4, 5, 6, 8]
    assert await unwell(31) == [1, 2, 3, 4, 5, 6, 7, 8]
    await book(
        ConsentAged(
            user=world.user(7),
            linked_at=world.linked(7).linked_at,
            ends_at=world.at(99),
            left=Left.WEEK,
            noticed_at=world.at(31),
        )
    )
    assert await unwell(28) == [2, 3, 4, 5, 7, 8]


async def test_plays_come_oldest_first_in_pages_and_none_is_lost_between(world: Any, book: Any, ask: Ask) -> None:
    same_time = [world.play(5, n) for n in (7, 8, 9)]
    await book(world.linked(), world.linked(2), world.poll(20, plays=(*same_time, *world.plays(1, 2, 3))))
    await book(world.page(1, 3, run=10), world.poll(20, 4, user=2))

    found, after = [], None
    while True:
        page = await ask(AskPlays(user=world.user(), after=after, limit=2), Plays)
        found += page.plays
        assert len(page.plays) <= 2
        if (after := page.next) is None:
            break

    assert [(each.played_at, each.track_id) for each in found] == [
        *((world.at(n), f"track{n}") for n in (1, 2, 3)),
        *((world.at(5), f"track{n}") for n in (7, 8, 9)),
    ]
    first, third = found[0], found[2]
    assert (first.track, first.artists, first.album) == ("Track 1", ("Artist 1",), "Album 1")
    assert (first.duration_ms, first.ms_played) == (180000, None)
    assert (first.source, first.job) == (Source.POLL, world.job(Kind.POLL, 20))
    assert (third.source, third.job) == (Source.INITIAL, world.job(Kind.INITIAL, 10)), "it saw the play earlier"


async def test_plays_are_asked_for_by_time_and_the_latest_by_number(world: Any, book: Any, ask: Ask) -> None:
    await book(world.linked(), world.poll(20, *range(1, 11)))

    between = await ask(AskPlays(user=world.user(), since=world.at(3), until=world.at(5)), Plays)
    latest = await ask(AskPlays(user=world.user(), latest=True, limit=3), Plays)

    assert [each.track for each in between.plays] == ["Track 3", "Track 4"]
    assert [each.track for each in latest.plays] == ["Track 8", "Track 9", "Track 10"]
    assert between.next is None
    older = await ask(AskPlays(user=world.user(), latest=True, limit=5, after=latest.next), Plays)
    oldest = await ask(AskPlays(user=world.user(), latest=True, limit=5, after=older.next), Plays)
    assert [each.track for each in older.plays] == [f"Track {n}" for n in range(3, 8)]
    assert ([each.track for each in oldest.plays], oldest.next) == (["Track 1", "Track 2"], None)


async def test_jobs_come_newest_first_and_by_listener_status_and_ending(world: Any, book: Any, ask: Ask) -> None:
    await book(
        world.linked(), world.linked(2), world.page(1, 1, 2, run=1), world.poll(20, 2, 3), world.poll(30, user=2)
    )
    delay = JobDelayed(
        user=world.user(),
        job=world.job(Kind.INITIAL),
        step=2,
        attempt=1,
        started_at=world.at(1),
        delayed_at=world.at(2),
        waiting_until=world.at(50),
        error="later",
    )
    await book(delay, world.ended(1, Status.ERROR, Kind.POLL, run=40, requests=3))

    everybody = (await ask(AskJobs(), Jobs)).jobs
    running = (await ask(AskJobs(status=Status.RUNNING), Jobs)).jobs
    initial = (await ask(AskJobs(kind=Kind.INITIAL), Jobs)).jobs
    theirs = (await ask(AskJobs(user=world.user(2)), Jobs)).jobs
    ending = (await ask(AskJobs(ending=world.job(Kind.POLL, 20)[-5:]), Jobs)).jobs

    assert [(each.name, each.kind, each.status) for each in everybody] == [
        ("listener 1", "poll", Status.ERROR),
        ("listener 2", "poll", Status.SUCCESS),
        ("listener 1", "poll", Status.SUCCESS),
        ("listener 1", "initial", Status.RUNNING),
    ]
    assert [(each.job, each.waiting_until, each.error) for each in running] == [
        (world.job(Kind.INITIAL), world.at(50), "later")
    ]
    assert [each.job for each in initial] == [world.job(Kind.INITIAL)]
    assert [each.user for each in theirs] == [world.user(2)]
    assert [(each.job, each.fetched, each.new, each.duplicates) for each in ending] == [
        (world.job(Kind.POLL, 20), 2, 1, 1)
    ]
    assert len((await ask(AskJobs(limit=2), Jobs)).jobs) == 2


async def test_jobs_are_read_in_pages_while_others_begin(world: Any, book: Any, ask: Ask) -> None:
    await book(world.linked(), *(world.poll(run) for run in (10, 20, 30, 40, 50)), world.page(1, 1, run=10))

    first = await ask(AskJobs(limit=2), Jobs)
    await book(world.poll(60))
    second = await ask(AskJobs(limit=3, after=first.next), Jobs)
    last = await ask(AskJobs(limit=3, after=second.next), Jobs)

    polls = [world.job(Kind.POLL, run) for run in (50, 40, 30, 20, 10)]
    assert [each.job for page in (first, second, last) for each in page.jobs] == [*polls, world.job(Kind.INITIAL, 10)]
    assert last.next is None


async def test_jobs_are_asked_for_by_when_they_began(world: Any, book: Any, ask: Ask) -> None:
    await book(world.linked(), *(world.poll(run) for run in (10, 20, 30)))

    found = (await ask(AskJobs(since=world.at(20), until=world.at(30)), Jobs)).jobs

    assert [each.started_at for each in found] == [world.at(20)]


async def test_the_books_of_a_job_say_what_came_about_and_when(world: Any, book: Any, ask: Ask) -> None:
    delay = JobDelayed(
        user=world.user(),
        job=world.job(Kind.INITIAL),
        step=2,
        attempt=1,
        started_at=world.at(1),
        delayed_at=world.page(1).fetched_at + timedelta(milliseconds=1),
        waiting_until=world.at(1.01),
        error="later",
        requests=1,
    )
    await book(world.linked(), world.linked(2), world.page(1, 1, user=2))
    await book(world.page(2, 1, 2, last=True), delay, world.page(1, 2, 3), world.started())

    found, after = [], None
    while True:
        page = await ask(AskSteps(user=world.user(), job=world.job(Kind.INITIAL), after=after, limit=3), Steps)
        found += page.steps
        if (after := page.next) is None:
            break

    assert [(each.step, each.what, each.fetched, each.new, each.requests) for each in found] == [
        *((0, "started", 0, 0, 0), (1, "page", 2, 1, 1), (2, "delayed", 0, 0, 1), (2, "page", 2, 2, 1)),
    ]
    assert [each.at for each in found] == [
        *(world.at(1), world.page(1).fetched_at, delay.delayed_at, world.page(2).fetched_at),
    ]
    assert (found[2].next_at, found[2].error, found[2].attempt) == (world.at(1.01), "later", 1)
    assert (found[3].status, found[3].reason) == (Status.SUCCESS, Reason.EMPTY_PAGE)
    assert (await ask(AskSteps(user=world.user(), job=world.job(Kind.POLL)), Steps)).steps == ()


async def test_a_gap_is_what_the_windows_of_all_sources_leave_open(world: Any, book: Any, ask: Ask) -> None:
    await book(world.linked())
    assert (await ask(AskGaps(user=world.user()), Gaps)).gaps == ()
    assert (await ask(AskUsers(), Users)).users[0].coverage is None
    await book(world.poll(10, window=world.window(0, 10)), world.poll(40, window=world.window(30, 40)))
    await book(world.page(1, window=world.window(15, 20), run=5), world.poll(50, window=world.window(40, 50)))

    gaps = (await ask(AskGaps(user=world.user()), Gaps)).gaps

    assert [(gap.after, gap.before) for gap in gaps] == [(world.at(10), world.at(15)), (world.at(20), world.at(30))]
    assert (await ask(AskUsers(coverage=False), Users)).users[0].coverage is None
    assert (await ask(AskUsers(), Users)).users[0].coverage == Coverage(
        after=world.at(0),
        before=world.at(50),
        gaps=2,
        missing=world.at(30) - world.at(20) + world.at(15) - world.at(10),
    )


@pytest.mark.parametrize(
    ("subject", "body", "why"),
    [
        ("ask.users", b"nonsense", "not such a question: not JSON"),
        ("ask.plays", b"{}", "not such a question: user: Field required"),
        ("ask.plays", b"", "not such a question: not JSON"),
        ("ask.jobs", b'{"limit": 0}', "not such a question: limit"),
        ("ask.gaps", b'{"user": "me"}', "not such a question: user"),
        ("ask.users", b'{"user": "\\u0000"}', "the database refuses it"),
    ],
)
async def test_a_bad_question_is_refused_with_the_reason(ask: Ask, subject: str, body: bytes, why: str) -> None:
    refusal = json.loads(await ask.raw(subject, body))

    assert refusal["error"].startswith(why)
    assert refusal["wrong"]


async def test_a_cursor_that_is_none_is_refused(world: Any, ask: Ask) -> None:
    steps = {"user": world.user(), "job": world.job(Kind.INITIAL)}
    for cursor in ("x", "1", "9" * 30 + "@a"):
        for question, pages in (
            (AskPlays(user=world.user(), after=cursor), "plays"),
            (AskJobs(after=cursor), "jobs"),
            (AskImports(after=cursor), "imports"),
            (AskSteps(**steps, after=cursor), "steps"),
        ):
            refusal = await ask(question, Refused)
            assert refusal.error == f"`after` is no cursor of a page of {pages}"
    for step in ("", "x:hash", f"{2**40}:hash"):
        assert (await ask(AskSteps(**steps, after=f"1@{step}"), Refused)).error


async def test_a_question_is_answered_even_when_the_tables_are_gone(
    world: Any, ask: Ask, database: AsyncEngine
) -> None:
    async with database.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE coverage, users, plays, jobs")

    refusals = await asyncio.gather(
        ask(AskUsers(), Refused),
        ask(AskPlays(user=world.user()), Refused),
        ask(AskJobs(), Refused),
        ask(AskGaps(user=world.user()), Refused),
    )

    assert all("does not exist" in refusal.error and not refusal.wrong for refusal in refusals)


async def test_a_question_that_takes_too_long_is_refused_and_holds_no_connection(
    world: Any, book: Any, bus: Any, nats_url: str, database: AsyncEngine
) -> None:
    await book(world.linked())
    asked = broker(nats_url, "recorder")
    include(asked, questions(database, timedelta(milliseconds=50)))
    await asked.start()
    ask = Ask(bus)

    async with database.begin() as connection:
        await connection.exec_driver_sql("LOCK TABLE users")
        refusals = [await ask(AskUsers(), Refused) for _ in range(6)]
    async with asyncio.timeout(60):  # whoever takes longer for it than 50 ms is refused once more
        while b"users" not in (answer := await ask.raw(AskUsers.subject, AskUsers().encoded())):
            pass
    await asked.stop()

    assert {(each.error, each.wrong) for each in refusals} == {
        ("the database takes too long for it; ask for less, or later", False)
    }
    assert len(Users.model_validate_json(answer).users) == 1


async def test_windows_are_told_that_reach_into_a_period(world: Any, book: Any, ask: Ask) -> None:
    await book(
        world.linked(), world.poll(20, 15, window=world.window(10, 20)), world.poll(40, window=world.window(30, 40))
    )
    await book(world.page(1, 5, window=world.window(0, 15)))

    async def told(since: float | None, until: float | None) -> list[tuple[Source, Any, Any]]:
        between = {"since": since and world.at(since), "until": until and world.at(until)}
        found = await ask(AskCoverage(user=world.user(), **between), Windows)
        return [(each.source, each.after, each.before) for each in found.windows]

    initial = (Source.INITIAL, world.at(0), world.at(15))
    first, second = (Source.POLL, world.at(10), world.at(20)), (Source.POLL, world.at(30), world.at(40))
    assert await told(None, None) == [initial, first, second]
    assert await told(20, 30.01) == [first, second]
    assert await told(20.01, 30) == []
    assert await told(None, 1) == [initial]
