"""Whose cancellation counts."""

import asyncio

import pytest

from spindle.people.events import only_wanted_ends


async def _breaks() -> None:
    """As a client does whose tasks are cancelled while somebody waits for them."""
    inner = asyncio.ensure_future(asyncio.sleep(10))
    asyncio.get_running_loop().call_soon(inner.cancel)
    await inner


async def test_a_cancellation_of_somebody_else_s_task_ends_nobody() -> None:
    with only_wanted_ends():
        await _breaks()


async def test_a_wish_to_end_goes_through() -> None:
    async def guarded() -> None:
        with only_wanted_ends():
            await asyncio.sleep(10)

    task = asyncio.ensure_future(guarded())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
