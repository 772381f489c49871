"""Somebody whose polls fail for a day is told of once, and heals alone; nobody else notices."""

from datetime import timedelta

from nats.aio.subscription import Subscription
from stack import Stack, Stacked, milliseconds

from spindle.poll_worker.logic.failures import ALARM_AFTER
from spindle.shared.ids import Kind, UserId, new_job, now
from spindle.shared.messages.jobs import JobEnded, Status, Verdict
from spindle.shared.messages.plays import PlaysFetched, PollPlays
from spindle.simulator import Settings, build

MINUTE = timedelta(minutes=1)


async def test_who_fails_for_a_day_is_told_of_once_and_heals_alone_while_nine_others_are_polled(
    stacked: Stacked,
) -> None:
    async with stacked(build(Settings(listeners=10, late=False, reach=None))) as stack:
        person = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()[0]["id"]
        refused = {"kind": "forbidden", "variant": "not-registered", "listener": person, "times": None}
        await stack.simulator("faults", path="/v1/me", **refused)
        await stack.start("recorder")
        ill, *others = await stack.everybody()
        since, newest = now() - ALARM_AFTER + MINUTE, now() - 3 * ALARM_AFTER
        row = {"failures": 12, "failing_since": since, "newest": newest}
        await stack.mailboxes.start(PollPlays(user=ill, job=new_job(Kind.POLL, ill), started_at=now(), **row))
        verdicts = await stack.client.subscribe(f"facts.*.{ill}")
        await stack.start("scheduler", "poll_worker", poll_interval_seconds=1, initial_sync_enabled=False)

        failed = await stack.finished(ill, Kind.POLL, 1)
        for count in (2, 3):
            await stack.begin_poll(ill, hurry=True)
            failed = await stack.finished(ill, Kind.POLL, count)
        for other in others:
            await stack.finished(other, Kind.POLL, count=3)
        assert [row.status for row in failed] == [Status.ERROR] * 3
        waits = [(row.waiting_until - row.finished_at).total_seconds() for row in failed if row.waiting_until]
        assert all(3600 <= wait <= 7200 for wait in waits)
        listener = await stack.listener(ill)
        assert listener is not None
        assert "not on the list" in (listener.poll_error or "")

        await stack.http.delete(f"{stack.spotify}/control/faults")
        await stack.begin_poll(ill, hurry=True)
        healed = (await stack.finished(ill, Kind.POLL, count=4))[3]

        assert healed.status is Status.SUCCESS
        told = (await given(verdicts))[:4]
        assert [each.alarm for each in told] == [False, True, False, True]
        assert [each.failing_since for each in told] == [since] * 4
        truth = await stack.truth(person)
        lived = {play["played_at"] for play in truth if not play["hidden"]}
        missed = {at for at in lived if at > milliseconds(newest)}
        assert len(missed) > 50
        assert missed <= {milliseconds(play.played_at) for play in await stack.plays(ill)}
        assert not (await stack.gaps(ill)).gaps
        await stack.until(lambda: recovered(stack, ill))
        assert await said(stack, ill) == ["users.linked", "users.failing", "users.recovered"]
        after = (await stack.finished(ill, Kind.POLL, 6))[4:]
        assert [row.status for row in after[:2]] == [Status.SUCCESS] * 2
        for other in others:
            assert {row.status for row in await stack.jobs(other, Kind.POLL)} <= {Status.SUCCESS, Status.RUNNING}


async def given(facts: Subscription) -> list[Verdict]:
    """The verdicts of all polls so far."""
    found = []
    while facts.pending_msgs:
        body = (await facts.next_msg(timeout=20)).data
        fact = PlaysFetched.decoded(body) if b'"PlaysFetched"' in body else JobEnded.decoded(body)
        found += [fact.verdict] if fact.verdict else []
    return found


async def said(stack: Stack, ill: UserId) -> list[str]:
    """What events tell of listeners, but that others are linked."""
    last = (await stack.js.stream_info("events")).state.last_seq
    subjects = [str((await stack.js.get_msg("events", number)).subject) for number in range(1, last + 1)]
    return [
        each.rpartition(".")[0]
        for each in subjects
        if each.startswith("users.") and (ill in each or "linked" not in each)
    ]


async def recovered(stack: Stack, ill: UserId) -> bool:
    return "users.recovered" in await said(stack, ill)
