"""Looks that take their time: nobody waits longer than they want to, and all share one."""

import asyncio

from spindle.gateway.fresh import Beside


class Slow:
    """A look that ends when it is let."""

    def __init__(self) -> None:
        self.made, self.may_end = 0, asyncio.Event()

    async def __call__(self) -> int:
        self.made += 1
        await self.may_end.wait()
        if self.made == 2:
            raise OSError("nobody is there")
        return self.made


async def test_whoever_asks_first_is_not_held_up_and_finds_it_there_the_next_time() -> None:
    look = Slow()
    beside = Beside(look, good_for=60)

    first = await beside.seen(0.01)
    look.may_end.set()
    second, third = await asyncio.gather(beside.seen(5), beside.seen(5))

    assert (first.found, first.is_looking) == (None, True)
    assert (second.found, second.is_looking) == (third.found, third.is_looking) == (1, False)
    assert look.made == 1


async def test_what_is_old_is_shown_until_something_newer_is_found() -> None:
    look = Slow()
    look.may_end.set()
    beside = Beside(look, good_for=60)
    found = await beside.seen(5)

    beside.forget()
    look.may_end.clear()
    meanwhile = await beside.seen(0.01)
    look.may_end.set()
    failed = await beside.seen(5)
    beside.forget()
    again = await beside.seen(5)

    assert (meanwhile.found, meanwhile.at, meanwhile.is_looking) == (1, found.at, True)
    assert (failed.found, failed.trouble, failed.is_looking) == (1, "nobody is there", False)
    assert (again.found, again.trouble) == (3, "")
