"""Who wants to be alone is, soon, and keeps nobody waiting for ever."""

import asyncio
from dataclasses import dataclass, field

import pytest

from spindle.shared.bus.company import Company


@dataclass
class Room:
    company: Company = field(default_factory=Company)
    inside: set[str] = field(default_factory=set)
    entered: list[str] = field(default_factory=list)
    leave: dict[str, asyncio.Event] = field(default_factory=dict)

    def visit(self, name: str) -> asyncio.Task[None]:
        """Upper case: alone."""
        self.leave[name] = asyncio.Event()
        return asyncio.create_task(self._visit(name))

    async def _visit(self, name: str) -> None:
        async with self.company.alone() if name.isupper() else self.company.together():
            self.inside.add(name)
            self.entered.append(name)
            try:
                await self.leave[name].wait()
            finally:
                self.inside.remove(name)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_wants_to_be_alone_waits_for_those_inside_and_newcomers_wait_for_them() -> None:
    room = Room()
    visits = [room.visit(name) for name in ("a", "b", "C", "d", "E", "f")]
    await settled()
    assert room.inside == {"a", "b"}

    seen = []
    for leaving in ("a", "b", "C", "d", "E", "f"):
        room.leave[leaving].set()
        await settled()
        seen.append(set(room.inside))

    assert seen == [{"b"}, {"C"}, {"d"}, {"E"}, {"f"}, set()]
    await asyncio.gather(*visits)


@pytest.mark.parametrize("leaver", ["C", "d"])
async def test_who_gives_up_waiting_is_not_waited_for(leaver: str) -> None:
    room = Room()
    visits = {name: room.visit(name) for name in ("a", "C", "d")}
    await settled()

    visits.pop(leaver).cancel()
    await settled()
    for leave in room.leave.values():
        leave.set()

    await asyncio.gather(*visits.values())
    assert leaver not in room.entered


async def test_who_is_called_off_at_the_moment_of_being_let_in_lets_the_next_one_in() -> None:
    room = Room()
    first, second, third = (room.visit(name) for name in ("A", "B", "C"))
    await settled()
    first.cancel()
    await asyncio.sleep(0)  # it has left, and the second is let in

    second.cancel()
    await settled()

    assert room.inside == {"C"}
    room.leave["C"].set()
    await third
