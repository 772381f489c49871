"""Cuts the power under the servers while they store, and looks for what they had confirmed. Needs root.

    .venv/bin/python bench/power.py [--cuts 20] [--only up]

Each cut is on a disk of its own (`cutting.py`), after a random time. Rows two and four show that the trial can fail:
the same servers, told not to wait for the disk. In the last one things count that Spotify has shown or a file brought.
"""

import argparse
import asyncio
import random
import tempfile
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path

import cut_bus
import cut_database
import cut_home
from cutting import Disk, disk

Trial = Callable[[Disk, float], tuple[int, int]]


def _run(trial: Callable[[Disk, float], Coroutine[None, None, tuple[int, int]]]) -> Trial:
    return lambda on, seconds: asyncio.run(trial(on, seconds))


TRIALS: dict[str, Trial] = {
    "nats-server, sync_interval: always (shipped)": _run(cut_bus.trial),
    "nats-server, sync_interval: 2m (its default)": _run(partial(cut_bus.trial, always=False)),
    "PostgreSQL, as shipped": _run(cut_database.trial),
    "PostgreSQL, synchronous_commit=off": _run(partial(cut_database.trial, waits=False)),
    "all of `up`, an import under way": cut_home.trial,
}
SIZE = "4G"  # in a file that holds only what is written; `up` asks for room
LONGEST = 4.0  # seconds from the first confirmation to the cut


def main(cuts: int, only: str) -> None:
    print(f"{'':<46} {'cuts':>5} {'confirmed':>10} {'lost':>7}   cuts that lost something")
    for name, trial in ((name, trial) for name, trial in TRIALS.items() if only in name):
        seen = [_one(trial) for _ in range(cuts)]
        confirmed, lost = (sum(column) for column in zip(*seen, strict=True))
        print(f"{name:<46} {cuts:>5} {confirmed:>10,} {lost:>7,}   {sum(bool(one[1]) for one in seen)}", flush=True)


def _one(trial: Trial) -> tuple[int, int]:
    with tempfile.TemporaryDirectory(prefix="spindle-power-") as place:
        Path(place).chmod(0o755)
        with disk(Path(place) / "disk", SIZE) as on:
            return trial(on, random.uniform(0.2, LONGEST))


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cuts", type=int, default=20)
    asked.add_argument("--only", default="", help="a word of the rows that are wanted")
    told = asked.parse_args()
    main(told.cuts, told.only)
