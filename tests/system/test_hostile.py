"""Near misses on every subject to every consumer: each is handled, answered or buried, and nobody behind them waits."""

import os
import random

import pytest
from misses import BODIES, said_well, spoilt
from stack import Stack, Stacked

from spindle.shared.bus.topology import BUCKETS, durables
from spindle.shared.ids import Kind
from spindle.shared.messages.ask import Refused
from spindle.shared.messages.control import Pause, Resume, Trigger
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.jobs import Status
from spindle.simulator import Settings, build

SEED = int(os.environ.get("SEED", "1"))
COUNT = int(os.environ.get("COUNT", "8"))
"""For each kind of message."""

CONTROLS = {name: f"control.{name.lower()}" for name in ("Pause", "Resume", "Trigger", "Cancel", "Import", "Undo")}
STEPS = {"PollPlays": "poll", "SyncPlays": "initial", "ImportArchive": "archive"}
EVENTS = {"UserLinked": "users.linked", "UserRemoved": "users.removed"}
ASKED = {f"Ask{topic}": f"ask.{topic.lower()}" for topic in ("Users", "Plays", "Jobs", "Gaps", "Imports", "Rejects")}
HEADERS = (None, {"content-type": "text/plain"}, {"content-type": "application/json"}, {"correlation_id": "y" * 300})
USER = BODIES["AccountLinked"]["user"]
LEAVING = ("AccountRemoved", "UserRemoved")
"""Nothing would be told of the listener after one of them."""


def thrown(dice: random.Random) -> list[tuple[str, bytes]]:
    """Subject and body."""
    subjects = {
        **CONTROLS,
        **{step: f"sync.{kind}.{USER}.step" for step, kind in STEPS.items()},
        **{event: f"{subject}.{USER}" for event, subject in EVENTS.items()},
    }
    names = [name for name in sorted(BODIES) if name not in LEAVING] * COUNT
    dice.shuffle(names)
    facts = [f"facts.{topic}.{USER}" for topic in ("plays", "jobs", "users", "archive")]
    return [(subjects.get(name) or dice.choice(facts), spoilt(dice, BODIES[name])) for name in names]


async def test_nothing_that_is_nearly_a_message_is_left_without_an_end(stacked: Stacked) -> None:
    dice = random.Random(SEED)
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start(initial_sync_enabled=False)
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await stack.link("Ada", person["refresh_token"], USER)
        await stack.finished(USER, Kind.POLL)

        for subject, body in thrown(dice):
            await stack.js.publish(subject, body, headers=dice.choice(HEADERS))
        await stack.js.publish("control.resume", Resume(user=USER).encoded())

        await stack.until(lambda: calm(stack), within=90)
        assert all(said_well(letter.why, letter.body.encode()) for letter in await dead(stack))
        answer = await stack.control(Pause(user=USER))
        assert answer.done
        assert answer.sequence == (await stack.js.stream_info("control")).state.last_seq


async def test_every_question_that_is_none_is_answered(stacked: Stacked) -> None:
    dice = random.Random(SEED)
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start("recorder")
        for name, subject in ASKED.items():
            for _ in range(5 * COUNT):
                body = spoilt(dice, BODIES[name])

                reply = await stack.client.request(subject, body, timeout=30, headers=dice.choice(HEADERS))

                if reply.data.startswith(b'{"error"'):
                    assert said_well(Refused.model_validate_json(reply.data).error, body)


async def calm(stack: Stack) -> bool:
    """Whether everything is acknowledged, but for facts of others than the listener: they are waited for in minutes."""
    found = [await stack.js.consumer_info(stream, durable) for _, stream, durable in durables() if stream != "facts"]
    left = [each.name for each in found if each.num_pending or each.num_ack_pending]
    facts = (await stack.js.stream_info("facts", subjects_filter=f"facts.*.{USER}")).state.subjects
    assert not left, left
    assert not facts, facts
    return True


async def dead(stack: Stack) -> list[Dead]:
    state = (await stack.js.stream_info("dead")).state
    found = [await stack.js.get_msg("dead", number) for number in range(max(state.first_seq, 1), state.last_seq + 1)]
    return [Dead.decoded(message.data or b"") for message in found]


@pytest.mark.parametrize("body", [b"\xff", b'{"until":"0001-01-01T00:00:00+14:00"}'])
async def test_what_lies_in_a_bucket_and_is_nothing_stops_nobody_else(stacked: Stacked, body: bytes) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start(initial_sync_enabled=False)
        user, other = await stack.everybody()
        for each in (user, other):
            await stack.finished(each, Kind.POLL)
        for bucket in BUCKETS:
            values, lying = await stack.js.key_value(bucket.bucket), f"$KV.{bucket.bucket}."
            found = (await stack.js.stream_info(f"KV_{bucket.bucket}", subjects_filter=f"{lying}>")).state.subjects
            keys = {subject.removeprefix(lying) for subject in found or ()} | {"history", user}
            for key in keys - {other}:
                await values.put(key, body)

        assert (await stack.control(Resume(user=user))).done
        assert (await stack.control(Trigger(user=user, what="poll"))).why == "started early"
        assert (await stack.control(Trigger(user=other, what="poll"))).why == "started early"

        await stack.finished(user, Kind.POLL, count=2)
        *_, row = await stack.finished(other, Kind.POLL, count=2)
        assert row.status is Status.SUCCESS
