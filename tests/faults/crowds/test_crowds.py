"""Two schedulers, four workers of each kind and three recorders at once leave behind what one of each does.

All deliveries come again after a second, and processes hold their breath for longer than that. For another storm:
`SEED=7 LISTENERS=30 python -m pytest -s tests/faults/crowds`.
"""

import time
from pathlib import Path

import pytest

from .crowd import Crowd, begun_at, crowd
from .evening import Evening
from .rows import COUNTED, DEADLOCKS, differing, ended, finished, left_by, lying, told, unanswered
from .storm import DURABLES, stormy

ONE = {"recorder": 1, "scheduler": 1, "poll_worker": 1, "sync_worker": 1}
MANY = {"recorder": 3, "scheduler": 2, "poll_worker": 4, "sync_worker": 4}


async def pass_by(at: Crowd) -> None:
    people = await at.people()
    await Evening(at, people, [f"019e0000-0000-7000-8000-{number:012x}" for number in range(len(people))]).pass_by()


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_a_crowd_leaves_behind_what_one_of_each_does(tmp_path: Path, databases: tuple[str, str]) -> None:
    start, began = begun_at(), time.monotonic()
    async with crowd(tmp_path / "one", databases[0], start, ONE) as at:
        await pass_by(at)
        expected, waiting = await left_by(at), await lying(at)
        assert await at.rows(DEADLOCKS) == [(0,)]
    print(f"one of each: {time.monotonic() - began:.0f} s, { ({what: len(rows) for what, rows in expected.items()}) }")

    began = time.monotonic()
    async with crowd(tmp_path / "many", databases[1], start, MANY) as at:
        async with stormy(at) as again:
            await pass_by(at)
        print(f"a crowd: {time.monotonic() - began:.0f} s, deliveries that came again: {dict(again)}")
        found, identities = await left_by(at), await told(at)
        assert differing(expected, found) == {}
        assert await at.rows(COUNTED) == []
        assert await at.rows(DEADLOCKS) == [(0,)]
        assert await lying(at) == waiting
        assert (await at.js.stream_info("dead")).state.messages == 0
        assert set(identities.values()) == {1}
        assert await unanswered(at, identities) == set()
        assert finished(identities) == await ended(at)
        assert all(again[durable] for durable in DURABLES.values())
