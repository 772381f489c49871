"""Metrics: what `/metrics` says is what the database, the simulator and the bus say."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from door import Api, api_of
from exported import row
from imported import imported
from scraped import Scraped, Target, target
from stack import Stack, Stacked

from spindle.shared.ids import Kind, new_user
from spindle.shared.messages.control import Pause, Trigger
from spindle.shared.messages.jobs import Status
from spindle.shared.metrics.declared import everything
from spindle.shared.spotify.door import Family, Owner
from spindle.shared.spotify.doors import BUCKET, Doors
from spindle.shared.spotify.errors import RateLimited
from spindle.simulator import Settings, build

EXPORT = {"Streaming_History_Audio_2021.json": [row(number) for number in range(200)]}


async def test_the_numbers_are_those_of_the_database_of_spotify_and_of_the_bus(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=4, late=False))) as stack:
        await stack.start(reconcile_seconds=0.5)
        async with api_of(stack) as api, target(stack) as process:
            before = await process.scrape()
            users = await lived(stack)
            await asked(api, users[0])
            after = await stack.until(lambda: counted(process, stack, users, before), within=120)

    def more(name: str, /, **labels: str) -> float:
        return after.sum(name, **labels) - before.sum(name, **labels)

    assert more("spindle_poll_lag_seconds_count") == more("spindle_jobs_total", kind="poll", status="success")
    assert after.sum("spindle_poll_lag_seconds_bucket", le="60.0") > before.sum(
        "spindle_poll_lag_seconds_bucket", le="60.0"
    )
    assert 19000 < after.sum("spindle_door_shut_seconds", family="library") <= 19056
    assert after.sum("spindle_door_shut_seconds", family="history") == 0
    assert after.sum("spindle_budget_calls") == stack.budget
    assert after.sum("spindle_budget_used_calls") >= 1
    assert more("spindle_token_renewals_total", result="renewed") == 4
    assert more("spindle_controls_total", action="pause", answer="done") == 1
    assert more("spindle_controls_total", action="trigger", answer="refused") == 1
    assert after.by("spindle_queue_messages", "durable").keys() >= {
        "recorder-facts",
        "scheduler-control",
        "poll_worker-poll",
    }
    assert after.sum("spindle_reconciled_timestamp_seconds") > 1.7e9
    assert after.sum("spindle_stream_limit_bytes", stream="facts") == 256 * 2**20
    assert more("spindle_requests_total", route="/api/users/{user}", status="200") == 1
    assert more("spindle_requests_total", route="/api/users/{user}", status="404") == 1
    assert more("spindle_requests_total", route="none", status="401") == 1
    assert after.sum("process_resident_memory_bytes") > 0


async def asked(api: Api, user: str) -> None:
    """Over HTTP: what there is, what there is not, and without the token."""
    await api.get(f"users/{user}")
    await api.get("users/nobody", 404)
    assert (await api.http.get("/api/users", headers={"Authorization": ""})).status_code == 401
    async with api.http.stream("GET", "/api/events") as stream:
        await anext(stream.aiter_bytes())


async def lived(stack: Stack) -> list[str]:
    """Polls, first syncs, an import; one who fails, one who is paused, a closed door, a dead message."""
    (person, *_) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
    await stack.simulator("faults", kind="server", status=503, listener=person["id"], path="/v1/me", times=None)
    users = await stack.everybody()
    for user in users[1:]:
        await stack.finished(user, Kind.INITIAL)
        await stack.finished(user, Kind.POLL)
    await stack.finished(users[0], Kind.POLL)
    await imported(stack, users[2], _bytes())
    assert (await stack.control(Pause(user=users[1], what="poll"))).done
    assert not (await stack.control(Trigger(user=new_user(), what="poll"))).done
    with pytest.raises(RateLimited):
        async with Doors(stack.js, await stack.js.key_value(BUCKET), Owner("test", "")).passing(Family.LIBRARY):
            raise RateLimited(timedelta(seconds=19056))
    await stack.js.publish(f"facts.plays.{users[0]}", b"\xff")
    return users


async def counted(process: Target, stack: Stack, users: list[str], before: Scraped) -> Scraped:
    """When it says as much as the database and the simulator: what is under way may still be on its way, and on a busy
    machine a gauge may not be found in time."""
    after = await process.scrape()
    rows = [row for user in users for row in await stack.jobs(user) if row.finished_at]
    for kind in Kind:
        ended = Counter(row.status for row in rows if row.kind == kind)
        told = {
            Status(status): number - before.sum("spindle_jobs_total", kind=kind, status=status)
            for status, number in after.by("spindle_jobs_total", "status", kind=kind).items()
        }
        assert {status: number for status, number in told.items() if number} == ended, (kind, told)
    assert _more(after, before, "spindle_plays_total", seen="new") == sum(row.new for row in rows)
    assert _more(after, before, "spindle_plays_total", seen="known") == sum(row.duplicates for row in rows)
    assert sum(row.new for row in rows) == sum([len(await stack.plays(user)) for user in users])
    calls = Counter(str(call["status"]) for call in await stack.calls())
    for status, number in calls.items():
        assert _more(after, before, "spindle_api_calls_total", family="history", status=status) == number
    standing = {state: after.sum("spindle_listeners", state=state) for state in ("failing", "paused", "polled")}
    assert standing == {"failing": 1, "paused": 1, "polled": 2}, users
    assert after.by("spindle_nats_up", "service") == after.by("spindle_service_ready", "service")
    assert set(after.by("spindle_nats_up", "service").values()) == {1}
    assert after.sum("spindle_database_up") == 1
    assert _more(after, before, "spindle_dead_letters_total") == after.sum("spindle_dead_letters") == 1
    assert _more(after, before, "spindle_messages_total", durable="recorder-facts", ending="dead") == 1
    assert _more(after, before, "spindle_request_seconds_count", route="/api/events") == 1
    assert after.sum("spindle_event_followers") == 0, "whoever goes is let go"
    declared_and_exposed(after)
    return after


def declared_and_exposed(after: Scraped) -> None:
    """Nothing is there that is not declared, nothing twice, and every gauge is there."""
    series = [(each.name, *sorted(each.labels.items())) for family in after.families for each in family.samples]
    assert len(series) == len(set(series))
    known = {each.name: each for each in everything()}
    ours = {sample.name for family in after.families for sample in family.samples}
    for family in after.families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        if name.startswith("spindle"):
            assert known[name].kind == family.type
            for sample in family.samples:
                assert set(sample.labels) - {"le"} == set(known[name].labels), sample
    assert {name for name, each in known.items() if each.kind == "gauge"} <= ours


def _more(after: Scraped, before: Scraped, name: str, /, **labels: str) -> float:
    return after.sum(name, **labels) - before.sum(name, **labels)


def _bytes() -> dict[str, bytes]:
    return {name: json.dumps(rows).encode() for name, rows in EXPORT.items()}
