"""What a program sees and steers over HTTP, against everything that carries it out."""

import csv
import io
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest
from door import api_of
from nats.aio.msg import Msg
from stack import Stack, Stacked

from spindle.cli.seeing import reading
from spindle.shared.bus.publish import publish
from spindle.shared.ids import Kind, UserId, new_job, new_user, now
from spindle.shared.messages import Message, Value
from spindle.shared.messages.ask import AskJobs, AskPlays, AskUsers, Listener, PlayRow, Plays, Users
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.plays import Play, PlaysFetched, Source, Track
from spindle.simulator import Settings, build


async def test_programs_see_what_the_command_line_tells(
    stacked: Stacked, nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPINDLE_NATS_URL", nats_url)
    async with stacked(build(Settings(listeners=2, history_days=2))) as stack:
        await stack.start()
        users = await stack.everybody()
        for user in users:
            await stack.finished(user, Kind.INITIAL)
            await stack.finished(user, Kind.POLL)
        async with api_of(stack) as api:
            name = (await api.get("users"))["users"][0]["name"]
            capsys.readouterr()

            async def typed(command: Coroutine[object, object, None]) -> Any:
                await command
                return json.loads(capsys.readouterr().out)

            jobs, status = await api.get("jobs"), await api.get("status")
            portrait = await api.get(f"users/{users[0].upper()}")
            told = await typed(reading.status(tmp_path, None, as_json=True))
            assert jobs == {
                "jobs": await typed(reading.jobs(tmp_path, None, AskJobs(limit=50), as_json=True)),
                "next": None,
            }
            opened = await api.get(f"jobs/{jobs['jobs'][-1]['job']}")
            assert opened["steps"] == await typed(reading.steps(tmp_path, opened["job"]["job"], as_json=True))
            proven = await api.get(f"users/{name}/coverage")
            assert proven["gaps"] == await typed(reading.gaps(tmp_path, name, as_json=True))
            plays = await typed(
                reading.plays(tmp_path, name, lambda user: AskPlays(user=user), None, as_json=True, as_csv=False)
            )
            assert (await api.get(f"users/{name}/plays"))["plays"] == plays

        assert [each["user"] for each in status["users"]] == [each["user"] for each in told["users"]] == users
        assert {*status} == {*told, "next"}
        assert {*status["users"][0]} == {*told["users"][0]}
        assert {*status["services"]} == {*told["services"]}
        assert {*portrait} == {*told["users"][0], "account", "linked_at", "disconnected_at", "zone", "at_least"}
        assert (portrait["name"], portrait["plays"], portrait["coverage"]) == (name, len(plays), proven["coverage"])


async def test_plays_are_read_page_by_page_and_as_files_in_which_no_title_is_a_formula(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start("recorder")
        user = await stack.link("Åsa / 1", "no token")
        titles = ["=1+1", "+4", "-", "@me", "'", "One, two", 'Say "no"', "夜"]
        await publish(stack.js, page_of(user, titles))
        await stack.until(lambda: stack.plays(user))
        async with api_of(stack) as api:
            found, after = [], {}
            while after is not None:
                page = await api.get(f"users/{user}/plays", limit=3, **after)
                found += page["plays"]
                after = {"after": page["next"]} if page["next"] else None
            sheet = list(csv.DictReader(io.StringIO(await api.text(f"users/{user}/plays.csv"))))
            lines = (await api.text(f"users/{user}/plays.jsonl")).splitlines()
            some = await api.text(f"users/{user}/plays.jsonl", since=found[3]["played_at"], until=found[5]["played_at"])
            newest = (await api.get(f"users/{user}/plays", latest=True, limit=2))["plays"]
            none = await api.text(f"users/{user}/plays.csv", until=found[0]["played_at"])

        assert [each["track"] for each in found] == titles
        assert [json.loads(line) for line in lines] == found
        assert [json.loads(line) for line in some.splitlines()] == found[3:5]
        assert newest == found[-2:]
        assert [each["track"] for each in sheet] == ["'=1+1", "'+4", "'-", "'@me", *titles[4:]]
        assert none.splitlines() == [",".join(found[0])]


async def test_a_file_that_breaks_off_does_not_look_whole(stacked: Stacked) -> None:
    one = Listener(user=new_user(), name="Ada", account="ada", linked_at=now())
    row = PlayRow(
        played_at=now(),
        track_id="x",
        track="X",
        artists=(),
        album=None,
        duration_ms=1,
        ms_played=1,
        source="poll",
        job="x",
    )
    async with stacked(build(Settings(listeners=0))) as stack:
        await answering(stack, AskUsers, Users(users=(one,)))
        await answering(stack, AskPlays, Plays(plays=(row,) * 1000, next="1@x"))  # and then there is no recorder
        async with api_of(stack) as api:
            with pytest.raises(httpx.RemoteProtocolError):
                await api.text("users/Ada/plays.jsonl")


async def answering(stack: Stack, question: type[Message], answer: Value) -> None:
    """Once."""

    async def told(asked: Msg) -> None:
        await subscription.unsubscribe()
        await asked.respond(answer.model_dump_json().encode())

    subscription = await stack.client.subscribe(question.subject, cb=told)


def page_of(user: UserId, titles: list[str]) -> PlaysFetched:
    at = now().replace(hour=0, minute=0, second=0, microsecond=0)
    plays = [
        Play(played_at=at.replace(minute=minute), track=Track(id=f"track{minute}", name=title))
        for minute, title in enumerate(titles)
    ]
    job = new_job(Kind.POLL, user)
    return PlaysFetched(
        user=user, job=job, step=1, source=Source.POLL, started_at=at, fetched_at=at, requests=1, plays=tuple(plays)
    )


async def test_jobs_are_followed_to_their_steps_and_steered(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, history_days=2))) as stack:
        await stack.start()
        (user,) = await stack.everybody()
        (first,) = await stack.finished(user, Kind.INITIAL)
        await stack.finished(user, Kind.POLL)
        async with api_of(stack) as api:
            page = await api.get("jobs", limit=1, user=user)
            rest = await api.get("jobs", user=user, after=page["next"])
            opened = await api.get(f"jobs/{first.job}")
            again = await api.post(f"users/{user}/trigger", json={"what": "initial", "again": True})
            paused = await api.post(f"users/{user}/pause", json={"what": "poll"})
            held = await api.post(f"users/{user}/trigger", status=409)
            resumed = await api.post(f"users/{user}/resume")
            ended = await api.post(f"jobs/{first.job}/cancel", status=409)

        assert [each["job"] for each in [*page["jobs"], *rest["jobs"]]][-1] == first.job
        assert opened["job"]["steps"] == opened["steps"][-1]["step"] == 2
        assert [each["what"] for each in opened["steps"]] == ["started", "page", "page"]
        assert opened["steps"][-1]["reason"] == "empty_page"
        assert again["job"].startswith("initial.")
        assert (paused["action"], paused["user"], held) == ("pause", user, "it is paused; resume it first")
        assert (resumed["why"], ended) == ("everything is resumed", "it has ended already: success")


async def test_work_that_has_an_end_tells_how_far_it_is(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, history_days=2))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        async with api_of(stack, initial_sync_max_requests=7) as api:
            polling = await api.get("sync/status")
            begun = await api.post(f"users/{user}/trigger", json={"what": "initial"})
            await stack.until(lambda: stack.jobs(user, Kind.INITIAL))
            syncing = await api.get("sync/status", user=user)
            cancelled = await api.post(f"jobs/{begun['job']}/cancel")

        bar = {"done": 0, "total": 7, "percent": 0.0}
        assert (polling["phase"], polling["done"], polling["users"][0]["percent"]) == ("idle", None, None)
        assert {name: syncing[name] for name in bar} == {name: syncing["users"][0][name] for name in bar} == bar
        assert (syncing["phase"], syncing["users"][0]["job"]) == ("syncing", begun["job"])
        assert cancelled["job"] == begun["job"]


async def test_dead_letters_are_read_and_given_up(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start("recorder", "scheduler")
        for number in range(3):
            await publish(stack.js, letter(number))
        async with api_of(stack) as api:
            first = await api.get("dead", limit=2)
            rest = await api.get("dead", after=first["next"])
            number = first["letters"][1]["letter"]
            opened = await api.get(f"dead/{number}")
            refused = await api.post(f"dead/{number}/retry", status=409)
            dropped = await api.post(f"dead/{number}/drop")
            gone = [await api.get(f"dead/{number}", status=404), await api.post(f"dead/{number}/drop", status=404)]

        assert [each["why"] for each in [*first["letters"], *rest["letters"]]] == ["why 0", "why 1", "why 2"]
        assert (opened["body"], opened["whole"]) == ({"n": 1}, True)
        assert (dropped["why"], rest["next"]) == ("dropped", None)
        assert "only steps and facts" in refused
        assert gone == [f"there is no dead letter {number}"] * 2


def letter(number: int) -> Dead:
    return Dead(
        consumer="scheduler-events",
        stream="events",
        sequence=number,
        was_on="users.linked.x",
        why=f"why {number}",
        body=json.dumps({"n": number}),
        died_at=now(),
    )


async def test_what_is_asked_wrongly_or_in_vain_is_told_as_a_problem(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start("recorder", "scheduler")
        user = await stack.link("Ada", "no token")
        stranger = new_job(Kind.POLL, new_user())
        nothing = stranger.replace("poll", "archive")
        async with api_of(stack) as api:
            for path in (
                "users/Bob",
                "users/Bob/plays",
                "users/Bob/plays.csv",
                "jobs?user=Bob",
                "sync/status?user=Bob",
            ):
                assert "no listener named 'Bob'; there are: Ada" in await api.get(path, status=404)
            for path in (
                f"jobs/{stranger}",
                f"imports/{nothing}",
                f"imports/{nothing}/rejects.csv",
                "dead/1",
                "nothing",
            ):
                await api.get(path, status=404)
            for path in (
                *("jobs?after=x", "jobs?limit=0", "jobs?kind=dance", "jobs?since=now", "jobs/x", f"imports/{stranger}"),
                *(
                    "dead/0",
                    f"users/{user}/plays?after=x",
                    "users?after=x",
                    "jobs?usr=Ada",
                    "users/%00",
                    "users/Ada/plays?until=2026-01-01",
                ),
            ):
                assert await api.get(path, status=422)
            for path in (f"jobs/{stranger}/cancel", f"imports/{nothing}/undo", "users/Bob/pause", "dead/1/retry"):
                await api.post(path, status=404)
            for body in ({"what": "dance"}, {"who": "Ada"}, [], "all"):
                assert await api.post("users/Ada/pause", status=422, json=body)
            await api.post("status", status=405)
            await stack.running[0].stop()  # the recorder

            silent = await api.get("users", status=503)
            paused = await api.post(f"users/{user}/pause")

        assert silent == "the recorder does not answer: it is not running, or not yet"
        assert paused["done"]
