"""Needs and looks that many ask for at once, and that something else may cancel."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from spindle.shared.metrics.declared import LOOKED_AT
from spindle.shared.metrics.readings import Looking, Reading
from spindle.shared.needs import Need

READING = Reading(LOOKED_AT, 1.0)


async def _reading() -> list[Reading]:
    return [READING]


async def _fine() -> None:
    """As what answers at once."""


async def _cancelled() -> None:
    """As a client does whose tasks are cancelled while somebody waits for them."""
    inner = asyncio.ensure_future(asyncio.sleep(10))
    asyncio.get_running_loop().call_soon(inner.cancel)
    await inner


async def _cancelled_reading() -> list[Reading]:
    await _cancelled()
    return [READING]


@pytest.mark.parametrize(
    ("ask", "answer"), [(Need("NATS", _fine).trouble, None), (Looking(_reading).found, [READING])], ids=["need", "look"]
)
async def test_whoever_asks_while_others_are_being_answered_is_answered_too(
    ask: Callable[[], Awaitable[object]], answer: object
) -> None:
    async def after(turns: int) -> object:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await ask()

    assert await asyncio.gather(*(after(turns) for turns in range(12))) == [answer] * 12


async def test_a_question_that_was_cancelled_found_no_answer_and_the_next_may() -> None:
    probes = iter((_cancelled, _fine))
    need = Need("NATS", lambda: next(probes)())

    assert [await need.trouble(), await need.trouble()] == ["NATS does not answer", None]


async def test_a_look_that_was_cancelled_saw_nothing_and_the_next_may() -> None:
    looks = iter((_cancelled_reading, _reading))
    looking = Looking(lambda: next(looks)())

    assert [await looking.found(), await looking.found()] == [(), [READING]]
