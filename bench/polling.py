"""What polling costs and how fresh it is: listening replayed against fixed intervals, plain back-off, and ours.

Run by hand: `python bench/polling.py [EXPORT …]`, where an export is a folder, a ZIP or a JSON file of Spotify's, and
each counts as one person. Without any, made-up listeners with habits are replayed (`--seed` makes others of the same
habits). The API model shows the newest 50 plays of 30 seconds or more, each from its end on; whatever a poll finds
beyond those is lost. Days count from the first with a play to the last.

`--frontier`     ours with other settings: calls against freshness
`--people`       ours for every person by itself
`--again`        ours for listening that it has seen before, to the second, weeks ago: what better habits could save
"""

import argparse
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import habits
from replaying import Policy, Replayed, back_off, exported, fixed, ours, replay, replay_again, summed

from spindle.poll_worker.logic.when import USUAL, Knobs

People = Mapping[str, Sequence[datetime]]

POLICIES: dict[str, Policy] = {
    "every 2 minutes": fixed(2),
    "every 10 minutes": fixed(10),
    "every 30 minutes": fixed(30),
    "every 60 minutes": fixed(60),
    "back-off, 10 to 60": back_off(10, 60),
    "Spindle": ours(),
}
_HEAD = f"{'':<24}{'people':>7}{'days':>7}{'plays':>8}{'calls/day':>11}{'mean':>7}{'lost':>6}{'median':>8}{'p95':>7}"
_NOTE = (
    "calls/day: of all days of all people; mean: of the people's own figures; median and p95: minutes from the end of a"
    " play to the poll that found it"
)


def people(exports: Sequence[Path], seed: int) -> People:
    if not exports:
        return {habit: habits.ends(habit, seed) for habit in habits.HABITS}
    found = {place.stem: exported(place) for place in exports}
    return {name: ends for name, ends in found.items() if ends}


def shown(name: str, found: Sequence[Replayed]) -> str:
    whole = summed(found)
    mean = sum(one.a_day for one in found) / len(found)
    return (
        f"{name:<24}{len(found):>7}{whole.days:>7,}{len(whole.delays) + whole.lost:>8,}{whole.a_day:>11.1f}{mean:>7.1f}"
        f"{whole.lost:>6}{whole.quantile(0.5):>8.1f}{whole.quantile(0.95):>7.1f}"
    )


def tables(of: People, frontier: bool, one_by_one: bool, again: bool) -> None:
    print(_HEAD)
    for name, policy in POLICIES.items():
        print(shown(name, [replay(ends, policy) for ends in of.values()]))
    if again:
        print(shown("Spindle, seen before", [replay_again(ends, ours()) for ends in of.values()]))
    if one_by_one:
        print("\nSpindle, one by one")
        for name, ends in of.items():
            print(shown(name, [replay(ends, ours())]))
    if frontier:
        print("\nSpindle with other settings: a call is made for so many plays, and at most so many minutes apart")
        for plays in (1.5, 2.0, 2.5, USUAL.plays, 4.0, 5.0):
            for longest in (45, 60, 75, 90):
                knobs = Knobs(plays, USUAL.waits * plays / USUAL.plays, timedelta(minutes=longest))
                print(shown(f"{plays:g} plays, {longest} min", [replay(ends, ours(knobs)) for ends in of.values()]))
    print(f"\n{_NOTE}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exports", nargs="*", type=Path, metavar="EXPORT")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frontier", action="store_true")
    parser.add_argument("--people", action="store_true")
    parser.add_argument("--again", action="store_true")
    told = parser.parse_args()
    tables(people(told.exports, told.seed), told.frontier, told.people, told.again)


if __name__ == "__main__":
    main()
