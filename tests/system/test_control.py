"""Controls: a paused listener is not called, a resumed one goes on, and everything that is asked is answered."""

import json
from datetime import timedelta

import pytest
from stack import Stacked

from spindle.scheduler.answers import Answers
from spindle.scheduler.asking import Recorder
from spindle.scheduler.service import steering_on
from spindle.shared.bus.publish import publish
from spindle.shared.ids import Kind, new_job, new_user, now
from spindle.shared.messages.control import Cancel, ControlAnswered, Pause, Resume, Trigger
from spindle.shared.messages.jobs import Status
from spindle.shared.messages.users import AccountRemoved
from spindle.simulator import Settings, build


async def test_a_paused_listener_is_not_called_and_goes_on_when_resumed(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start(poll_interval_seconds=0.3, initial_sync_enabled=False)
        paused, other = await stack.everybody()
        person = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()[0]["id"]
        await stack.finished(paused, Kind.POLL)

        async def parked() -> bool:
            letter = await stack.mailboxes.read(Kind.POLL, paused)
            return letter is not None and letter.parked

        assert (await stack.control(Pause(user=paused))).done
        await stack.until(parked)
        calls = len(await stack.calls(person))
        others = len(await stack.jobs(other, Kind.POLL))
        await stack.finished(other, Kind.POLL, count=others + 3)

        assert len(await stack.calls(person)) == calls > 0
        assert await parked()
        listener = await stack.listener(paused)
        assert listener is not None
        assert listener.paused == ("all",)
        assert not (await stack.control(Trigger(user=paused, what="poll"))).done

        assert (await stack.control(Resume(user=paused))).done
        await stack.finished(paused, Kind.POLL, count=calls + 2)  # each call is a poll


async def test_a_pause_of_one_kind_leaves_the_others_alone(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start(initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)

        await stack.control(Pause(user=user, what="poll"))

        assert not (await stack.control(Trigger(user=user, what="poll"))).done
        assert (await stack.control(Trigger(user=user, what="initial"))).done
        (row,) = await stack.finished(user, Kind.INITIAL)
        assert row.status is Status.SUCCESS


async def test_an_older_control_that_comes_again_changes_nothing(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        first = await stack.control(Pause(user=user))
        await stack.control(Resume(user=user))
        steering = await steering_on(stack.js)
        await steering.pause(user, "all", first.sequence)

        assert (await steering.pauses.read(user)).what == frozenset()


async def test_what_cannot_be_done_is_refused_with_a_reason(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()

        refusals = [
            await stack.control(Pause(user="nobody")),
            await stack.control(Pause(user=user, what="everything")),
            await stack.control(Trigger(user=user, what="archive")),
            await stack.control(Trigger(user=new_user(), what="poll")),
            await stack.control(Cancel(job=new_job(Kind.INITIAL, user))),
        ]

        assert [answer.done for answer in refusals] == [False] * 5
        assert all(answer.why for answer in refusals)


async def test_pauses_are_answered_while_the_database_is_down(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("scheduler")

        before = now()
        answer = await stack.control(Pause(user=new_user()))
        refused = await stack.control(Pause(user="a name"), patience=0)

        assert answer.done
        assert "recorder" in refused.why
        assert now() - before < timedelta(seconds=20)  # a few hundred milliseconds, and the recorder would never answer


async def test_a_cancelled_poll_is_followed_by_the_next_one(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.simulator("faults", kind="slow", seconds=10, path="/v1/me/player", times=1)
        await stack.start(initial_sync_enabled=False)
        (user,) = await stack.everybody()
        letter = await stack.until(lambda: stack.mailboxes.read(Kind.POLL, user))

        answer = await stack.control(Cancel(job=letter.step.job))

        assert answer.done
        following = await stack.mailboxes.read(Kind.POLL, user)
        assert following is not None
        assert following.step.job != letter.step.job
        assert following.due_at is not None


async def test_a_trigger_that_comes_again_starts_nothing_twice(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", "sync_worker", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        answers = Answers(await steering_on(stack.js), Recorder(stack.client), timedelta(minutes=10))
        trigger, asked_at = Trigger(user=user, what="initial", again=True), now()

        first = await answers.triggered(trigger, 77, asked_at)
        await stack.finished(user, Kind.INITIAL)
        again = await answers.triggered(trigger, 77, asked_at)

        assert (first.done, again.done, again.job) == (True, True, first.job)
        assert len(await stack.jobs(user, Kind.INITIAL)) == 1


async def test_a_trigger_that_comes_again_hurries_nothing_but_what_it_hurried(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start(initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        answers = Answers(await steering_on(stack.js), Recorder(stack.client), timedelta(minutes=10))
        command, asked_at = Trigger(user=user, what="poll"), now()

        first = await answers.triggered(command, 1, asked_at)
        await stack.finished(user, Kind.POLL, count=2)
        again = await answers.triggered(command, 1, asked_at)

        letter = await stack.mailboxes.read(Kind.POLL, user)
        assert (first.why, again.why) == ("started early", "started early")
        assert letter is not None
        assert letter.due_at is not None


async def test_what_fails_or_cannot_be_read_does_not_hold_up_the_controls_behind_it(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder", "scheduler", initial_sync_enabled=False)
        (user,) = await stack.everybody()
        stranger = new_user()
        await stack.js.publish(f"sync.initial.{stranger}.step", b"no step at all")
        answered = await stack.client.subscribe(f"controls.answered.{user}")

        await stack.js.publish("control.pause", b"\xff" * 3_500_000)
        await publish(stack.js, Trigger(user=stranger, what="initial", request="in its way"))
        await publish(stack.js, Pause(user=user))

        message = await answered.next_msg(timeout=60)
        assert b'"done":true' in message.data


@pytest.mark.parametrize(
    ("subject", "body", "why"),
    [
        (
            "control.cancel",
            {"job": "poll.somebody.*", "request": "r-1"},
            "it cannot be read: job: Value error, a job",
        ),
        ("control.undo", {"request": "r-1"}, "it cannot be read: job: Field required"),
        ("control.pause", {"user": 7, "request": "r-1"}, "it cannot be read: user: Input should be a valid string"),
        ("control.frobnicate", {"request": "r-1"}, "there is no such control"),
    ],
)
async def test_whoever_types_a_control_that_makes_no_sense_is_answered_and_nothing_dies(
    stacked: Stacked, subject: str, body: dict[str, object], why: str
) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("scheduler")
        answered = await stack.client.subscribe("controls.answered.*")
        await stack.js.publish(subject, b"{")
        await stack.js.publish(subject, json.dumps(body).encode())

        broken, typed = [ControlAnswered.decoded((await answered.next_msg(timeout=30)).data) for _ in range(2)]

        assert (broken.done, broken.request, broken.why) == (False, None, "it cannot be read: not JSON")
        assert (typed.done, typed.request) == (False, "r-1")
        assert typed.why.startswith(why)
        assert (await stack.js.stream_info("dead")).state.messages == 0


async def test_a_removed_listener_is_not_called_any_more(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start(poll_interval_seconds=0.3, initial_sync_enabled=False)
        gone, stays = await stack.everybody()
        await stack.finished(gone, Kind.POLL)
        await stack.finished(stays, Kind.POLL)

        await publish(stack.js, AccountRemoved(user=gone, removed_at=now()))

        async def forgotten() -> bool:
            return await stack.mailboxes.read(Kind.POLL, gone) is None and await stack.listener(gone) is None

        await stack.until(forgotten)
        polls = len(await stack.jobs(stays, Kind.POLL))
        await stack.finished(stays, Kind.POLL, count=polls + 4)
        assert await stack.mailboxes.read(Kind.POLL, gone) is None
        assert await stack.jobs(gone) == []
