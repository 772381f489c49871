"""One question for all who ask at the same moment, and none that was put before they asked."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from spindle.shared.bus.sharing import Shared


def counting(asked: list[asyncio.Event]) -> Callable[[], Awaitable[int]]:
    """A question that is answered with its number, once its event is set."""

    async def ask() -> int:
        asked.append(asyncio.Event())
        number = len(asked)
        await asked[-1].wait()
        return number

    return ask


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_those_who_ask_together_share_and_who_comes_later_shares_the_next() -> None:
    asked: list[asyncio.Event] = []
    shared = Shared(counting(asked))

    first = [asyncio.ensure_future(shared()) for _ in range(3)]
    await settled()
    later = [asyncio.ensure_future(shared()) for _ in range(4)]
    await settled()
    assert len(asked) == 1
    asked[0].set()
    await settled()
    asked[1].set()

    assert await asyncio.gather(*first, *later) == [1, 1, 1, 2, 2, 2, 2]


async def test_nobody_is_told_what_was_asked_before_they_came() -> None:
    asked: list[asyncio.Event] = []
    shared = Shared(counting(asked))

    for number in range(1, 5):
        waiting = asyncio.ensure_future(shared())
        await settled()
        asked[-1].set()
        assert await waiting == number


async def test_an_error_is_told_to_all_who_shared_it_and_to_nobody_else() -> None:
    answers = iter([OSError("away"), None])

    async def ask() -> str:
        await asyncio.sleep(0)
        if error := next(answers):
            raise error
        return "here"

    shared = Shared(ask)

    told = await asyncio.gather(shared(), shared(), return_exceptions=True)

    assert [str(each) for each in told] == ["away", "away"]
    assert await shared() == "here"


async def test_who_leaves_takes_the_question_from_nobody() -> None:
    asked: list[asyncio.Event] = []
    shared = Shared(counting(asked))
    leaves, stays = asyncio.ensure_future(shared()), asyncio.ensure_future(shared())
    await settled()

    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    asked[0].set()

    assert await stays == 1
