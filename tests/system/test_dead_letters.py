"""Dead letters as they are typed about and asked for: seen, retried, dropped; and refused with a reason."""

import io
import itertools
import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import typer
from exported import AUDIO, row
from imported import uploaded
from stack import Stack, Stacked

from spindle.cli.dead import reading, steering
from spindle.people.errors import Problem
from spindle.shared.bus import dead
from spindle.shared.bus.publish import publish
from spindle.shared.ids import Kind, UserId, new_job, new_user, now, upload_of
from spindle.shared.messages import Message
from spindle.shared.messages.control import ControlAnswered, Drop, Import, Retry
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.imports import ImportArchive
from spindle.shared.messages.plays import Play, PlaysFetched, PollPlays, Source, Track
from spindle.simulator import Settings, build


@pytest.fixture
def home(nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of commands for the servers of the stack."""
    monkeypatch.setenv("SPINDLE_NATS_URL", nats_url)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return tmp_path


_sequences = itertools.count(1)


async def test_a_fact_that_the_database_refused_is_recorded_once_when_it_is_retried(
    stacked: Stacked, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await execute(stack, "ALTER TABLE plays ADD CONSTRAINT planted CHECK (track_id <> 'refused')")
        page = page_of(user)
        await publish(stack.js, page)
        (number,) = await stack.until(lambda: numbers(stack))
        listener = await stack.listener(user)
        assert listener is not None

        await reading.listed(home, as_json=True)
        (row,) = told(capsys)
        await reading.shown(home, number, as_json=True)
        shown = told(capsys)
        early = await steering.retry(home, [number], everything=False, sure=False, as_json=False)
        (again,) = await stack.until(lambda: numbers(stack, beside=number))
        await execute(stack, "ALTER TABLE plays DROP CONSTRAINT planted")
        done = await steering.retry(home, [], everything=True, sure=True, as_json=True)
        answers = told(capsys)
        with pytest.raises(Problem, match=f"no dead letter {again}"):
            await steering.retry(home, [again], everything=False, sure=False, as_json=False)

        assert (row["letter"], row["user"], row["name"], row["job"]) == (number, user, listener.name, page.job)
        assert row["subject"] == page.on
        assert "planted" in row["why"] or "refuses" in row["why"], row["why"]
        assert shown["body"]["plays"][0]["track"]["id"] == "refused"
        assert (early, done, [each["done"] for each in answers]) == (0, 0, [True])
        await stack.until(lambda: stack.plays(user))
        await stack.drained()
        assert [play.track_id for play in await stack.plays(user)] == ["refused"]
        assert await numbers(stack) == []


async def test_what_cannot_be_retried_is_refused_with_a_reason_and_can_be_dropped(stacked: Stacked, home: Path) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.until(lambda: stack.mailboxes.read(Kind.POLL, user))
        poll = PollPlays(user=user, job=new_job(Kind.POLL, user), started_at=now())
        stranger = page_of(new_user())

        refused = {
            "a newer poll job": await retried(stack, poll),
            "its mailbox's listener": await retried(stack, poll, on=f"sync.poll.{new_user()}.step"),
            "cannot read": await retried(stack, poll, body='{"user": 1}'),
            "no message": await retried(stack, stranger, body='{"user":'),
            "all of the message": await retried(stack, stranger, whole=False),
            "only steps and facts": await retried(stack, stranger, on=f"users.linked.{user}"),
            "no dead letter": await stack.control(Retry(letter=2**40)),
        }
        with pytest.raises(typer.Abort):  # nobody is there to be asked
            await steering.drop(home, [], everything=True, sure=False, as_json=False)
        left = await numbers(stack)
        dropped = await steering.drop(home, [], everything=True, sure=True, as_json=False)

        assert [answer.done for answer in refused.values()] == [False] * len(refused)
        for reason, answer in refused.items():
            assert reason in answer.why
        assert (len(left), dropped) == (len(refused) - 1, 0)
        assert await numbers(stack) == []


async def test_dropping_the_step_of_an_import_takes_back_what_it_has_brought(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        step = ImportArchive(user=user, job=new_job(Kind.ARCHIVE, user), step=2, started_at=now(), slices=4)
        revoked = await stack.client.subscribe(f"facts.archive.{user}")
        number = await buried(stack, step)

        answer = await stack.control(Drop(letter=number))

        assert (answer.done, answer.user) == (True, user)
        assert b"ImportRevoked" in (await revoked.next_msg(timeout=30)).data
        again = await buried(stack, step.model_copy(update={"slices": 5}))
        await stack.drained()
        assert "taken back" in (await stack.control(Retry(letter=again))).why
        assert await stack.mailboxes.read(Kind.ARCHIVE, user) is None


async def test_a_letter_that_is_left_of_a_retry_takes_nothing_from_an_import_that_came_to_its_end(
    stacked: Stacked,
) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", "sync_worker", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        upload = upload_of(await uploaded(stack, user, {AUDIO: json.dumps([row(1), row(2)]).encode()}))
        job = (await stack.control(Import(user=user, upload=upload))).job
        assert job is not None
        (done, *_) = await stack.finished(user, Kind.ARCHIVE)
        step = ImportArchive(user=user, job=job, step=2, started_at=done.started_at, slices=1)

        dropped = await stack.control(Drop(letter=await buried(stack, step)))
        retried = await stack.control(Retry(letter=await buried(stack, step)))

        for answer in (dropped, retried):
            assert (answer.done, "come to its end" in answer.why) == (True, True), answer
        assert await numbers(stack) == []
        assert await stack.mailboxes.read(Kind.ARCHIVE, user) is None
        await stack.drained()
        assert len(await stack.plays(user)) == 2


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command has said, between what services log."""
    lines = capsys.readouterr().out.splitlines()
    begin = next(number for number, line in enumerate(lines) if line in ("[", "{"))
    end = next(number for number, line in enumerate(lines) if line in ("]", "}"))
    return json.loads("\n".join(lines[begin : end + 1]))


def page_of(user: UserId) -> PlaysFetched:
    at = now()
    plays = (Play(played_at=at, track=Track(id="refused", name="A song")),)
    job = new_job(Kind.POLL, user)
    return PlaysFetched(
        user=user, job=job, step=1, source=Source.POLL, started_at=at, fetched_at=at, requests=1, plays=plays
    )


async def retried(
    stack: Stack, message: Message, *, on: str | None = None, body: str | None = None, whole: bool = True
) -> ControlAnswered:
    return await stack.control(Retry(letter=await buried(stack, message, on=on, body=body, whole=whole)))


async def buried(
    stack: Stack, message: Message, *, on: str | None = None, body: str | None = None, whole: bool = True
) -> int:
    """Its number."""
    letter = Dead(
        consumer="a-test",
        stream="a-test",
        sequence=next(_sequences),
        why="a test",
        died_at=now(),
        was_on=on or message.on,
        body=body or message.encoded().decode(),
        whole=whole,
    )
    await publish(stack.js, letter)
    return max(await numbers(stack))


async def numbers(stack: Stack, beside: int = 0) -> list[int]:
    return [int(each.seq or 0) async for each in dead.letters(stack.js) if each.seq != beside]


async def execute(stack: Stack, statement: str) -> None:
    connection = await asyncpg.connect(stack.database_url.split("?")[0], ssl=False)
    await connection.execute(statement)
    await connection.close()
