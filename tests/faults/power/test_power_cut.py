"""The power is cut while servers store: what they had confirmed is still there. `bench/power.py` cuts more often."""

from collections.abc import Iterator
from pathlib import Path

import cut_bus
import cut_database
import pytest
from cutting import Disk, NoSuchDisk, disk

SECONDS = 0.7  # until the cut


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Disk]:
    try:
        with disk(tmp_path / "disk") as made:
            yield made
    except NoSuchDisk as why:
        pytest.skip(f"no power can be cut here: {why}")


async def test_what_nats_confirmed_survives_a_power_cut(on: Disk) -> None:
    confirmed, lost = await cut_bus.trial(on, SECONDS)

    assert confirmed > 0
    assert lost == 0


async def test_what_nats_confirms_by_default_does_not_survive(on: Disk) -> None:
    confirmed, lost = await cut_bus.trial(on, SECONDS, always=False)

    assert 0 < lost <= confirmed


async def test_what_postgresql_committed_survives_a_power_cut(on: Disk) -> None:
    confirmed, lost = await cut_database.trial(on, SECONDS)

    assert confirmed > 0
    assert lost == 0


async def test_what_postgresql_commits_without_waiting_for_the_disk_does_not_survive(on: Disk) -> None:
    confirmed, lost = await cut_database.trial(on, SECONDS, waits=False)

    assert 0 < lost <= confirmed
