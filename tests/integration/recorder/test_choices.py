"""What a listener chose: the latest word counts, whatever came first, and a zone that nobody knows is refused."""

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.commits import Commits, Refused
from spindle.recorder.facts import decoded
from spindle.shared.messages.choices import ChoicesMade, UserChose
from spindle.shared.messages.users import AccountRemoved


def chose(world: Any, at: float, zone: str | None, at_least: Any = None) -> ChoicesMade:
    return ChoicesMade(user=world.user(), zone=zone, at_least=at_least, chosen_at=world.at(at))


async def test_the_latest_choice_counts_in_whatever_order_they_come(world: Any, book: Any, tables: Any) -> None:
    made = [
        *(chose(world, 1, "Asia/Kathmandu", 120), chose(world, 2, "Europe/Berlin", 0)),
        *(chose(world, 2, "Europe/Berlin"), chose(world, 2, "America/Havana", 60)),
    ]
    told = []
    for order in permutations(made):
        await tables.clear()
        await book(world.linked())
        told += [await book(fact) for fact in order]
        [user] = await tables.rows("users")

        assert (user["zone"], user["at_least"], user["chosen_at"]) == ("Europe/Berlin", 0, world.at(2))
    assert told[1] == [
        UserChose(user=world.user(), name="listener 1", zone="Europe/Berlin", at_least=0, caused_by=made[1].identity)
    ]
    assert told[2] == told[3] == [], "they are overruled already"


async def test_one_may_go_back_to_what_is_usual(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked(), chose(world, 1, "Europe/Berlin", 0))

    [event] = await book(chose(world, 2, None))

    [user] = await tables.rows("users")
    assert (user["zone"], user["at_least"]) == (None, None)
    assert (event.zone, event.at_least) == ("UTC", 30)


async def test_a_tombstone_chooses_nothing(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked(), chose(world, 1, "Europe/Berlin"))
    await book(AccountRemoved(user=world.user(), removed_at=world.at(2)))

    assert await book(chose(world, 3, "Europe/Berlin", 60)) == []
    [user] = await tables.rows("users")
    assert (user["zone"], user["at_least"], user["chosen_at"]) == (None, None, None)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../../etc/passwd", "europe/berlin", "CEST", "UTC+3", "a\0b"])
async def test_a_zone_that_python_does_not_know_is_no_fact(zone: str, world: Any) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        decoded(chose(world, 1, zone).encoded())


async def test_a_zone_that_the_database_does_not_know_is_refused_alone(
    world: Any, book: Any, database: AsyncEngine, tables: Any
) -> None:
    await book(world.linked())

    refused, _ = await Commits(database).commit([chose(world, 1, "Europe/Atlantis"), world.poll(20, 1)])

    assert isinstance(refused, Refused)
    assert refused.why == "the database knows no time zone 'Europe/Atlantis'"
    assert len(await tables.rows("plays")) == 1
