"""Telling of somebody who is gone leaves nothing in the stream of events, whoever was faster."""

from collections.abc import AsyncIterator

import nats
import pytest
from nats.js import JetStreamContext

from spindle.shared.bus.forgetting import forget_events, forget_letters, tell
from spindle.shared.bus.publish import publish
from spindle.shared.bus.topology import ensure_topology
from spindle.shared.ids import UserId, new_user, now
from spindle.shared.messages.control import ControlAnswered
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.users import UserLinked, UserPaused, UserRemoved
from spindle.shared.pauses import Paused, Pauses


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(nats_url)
    await ensure_topology(client.jetstream())
    yield client.jetstream()
    await client.close()


@pytest.fixture
async def pauses(js: JetStreamContext) -> Pauses:
    return Pauses(await js.key_value("pauses"))


async def told(js: JetStreamContext, user: UserId) -> list[str]:
    about = (await js.stream_info("events", subjects_filter=">")).state.subjects or {}
    return sorted(subject.removesuffix(f".{user}") for subject in about if user in subject)


def paused(user: UserId) -> UserPaused:
    return UserPaused(user=user, paused=("all",), sequence=1)


def letter(number: int, user: UserId) -> Dead:
    return Dead(
        consumer="recorder-facts",
        stream="facts",
        sequence=number,
        was_on=f"facts.plays.{user}",
        why="not JSON",
        body="what they played",
        died_at=now(),
    )


async def test_what_is_told_of_somebody_stays(js: JetStreamContext, pauses: Pauses) -> None:
    user, gone = new_user(), new_user()
    await pauses.forget(gone)

    await tell(js, pauses, [paused(user)], user)
    await forget_events(js, gone)

    assert await told(js, user) == ["users.paused"]


async def test_what_is_told_of_somebody_who_is_gone_goes_again(js: JetStreamContext, pauses: Pauses) -> None:
    user = new_user()
    answered = ControlAnswered(user=user, request=None, action="pause", done=True, why="", sequence=1)
    for event in (UserLinked(user=user, name="Ada", caused_by=""), UserRemoved(user=user, name="Ada", caused_by="")):
        await publish(js, event)
    await pauses.forget(user)

    await tell(js, pauses, [paused(user), answered], user)

    assert await told(js, user) == ["users.removed"]


async def test_of_dead_letters_those_go_that_hold_something_of_them(js: JetStreamContext) -> None:
    user, other = new_user(), new_user()
    for number, whose in enumerate((user, other, user, user, other)):
        await publish(js, letter(number, whose))

    await forget_letters(js, user)
    await forget_letters(js, new_user())

    left = [Dead.decoded((await js.get_msg("dead", seq=number)).data or b"") for number in (2, 5)]
    assert [each.was_on for each in left] == [f"facts.plays.{other}"] * 2
    assert (await js.stream_info("dead")).state.messages == 2


async def test_nobody_who_is_gone_is_paused(pauses: Pauses) -> None:
    user = new_user()
    await pauses.decide(user, 1, lambda stands: stands.plus("all", 1))
    await pauses.forget(user)

    decided = await pauses.decide(user, 2, lambda stands: stands.plus("all", 2))

    assert decided == await pauses.read(user) == Paused(gone=True)


async def test_somebody_who_goes_while_a_pause_is_decided_stays_gone(js: JetStreamContext, pauses: Pauses) -> None:
    user = new_user()

    class Slow(Pauses):
        """Somebody else is faster between its look and its word."""

        async def _read(self, user: UserId) -> tuple[Paused, int]:
            found = await super()._read(user)
            await pauses.forget(user)
            return found

    decided = await Slow(await js.key_value("pauses")).decide(user, 1, lambda stands: stands.plus("all", 1))

    assert decided.gone
    assert (await pauses.read(user)).gone
