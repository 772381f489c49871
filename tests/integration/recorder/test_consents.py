"""A consent that ends soon: told once a stage, of the newest consent alone."""

from datetime import datetime
from typing import Any

import pytest

from spindle.recorder.commits import Commits
from spindle.recorder.outcomes import Unknown
from spindle.recorder.store.answers import users
from spindle.recorder.store.engine import transaction
from spindle.shared.consent import ends_at
from spindle.shared.messages.ask import AskUsers
from spindle.shared.messages.users import AccountRemoved, ConsentAged, Left, UserExpiring, UserLinked


def aged(world: Any, left: Left, linked: float = -60, user: int = 1, noticed: float = 5) -> ConsentAged:
    return ConsentAged(
        user=world.user(user),
        linked_at=world.at(linked),
        ends_at=world.at(linked + 9999),
        left=left,
        noticed_at=world.at(noticed),
    )


async def row(tables: Any) -> tuple[str, datetime | None, str | None]:
    [found] = await tables.rows("users")
    return found["name"], found["authorized_at"], found["warned"]


async def test_each_stage_is_told_once_with_the_same_id_on_redelivery(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked(authorized=-70))
    month, week = aged(world, Left.MONTH), aged(world, Left.WEEK)

    first, second = await book(month), await book(week)
    again = await book(month, week, week)

    assert [(type(each), each.left, each.ends_at) for each in (*first, *second)] == [
        (UserExpiring, Left.MONTH, world.at(9939)),
        (UserExpiring, Left.WEEK, world.at(9939)),
    ]
    assert again == [*first, *second, *second]
    assert await row(tables) == ("listener 1", world.at(-70), Left.WEEK), "what is urgent does not become less so"


async def test_a_new_link_has_a_consent_of_its_own(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked(authorized=-70))
    await book(aged(world, Left.WEEK))

    told = await book(world.linked(at=10, authorized=9), aged(world, Left.WEEK, noticed=20))

    assert [type(event) for event in told] == [UserLinked], "what was noticed of the old one is history"
    assert await row(tables) == ("listener 1", world.at(9), None)
    [warned] = await book(aged(world, Left.MONTH, linked=10))
    assert (type(warned), warned.left) == (UserExpiring, Left.MONTH)
    assert (await row(tables))[2] == Left.MONTH
    await book(world.linked(at=11))
    assert await row(tables) == ("listener 1", None, None), "nobody knows when they consented this time"


async def test_an_older_link_that_comes_late_changes_nothing(world: Any, book: Any, tables: Any) -> None:
    await book(world.linked(at=10, authorized=9), aged(world, Left.MONTH, linked=10))

    await book(world.linked(authorized=-70))

    assert await row(tables) == ("listener 1", world.at(9), Left.MONTH)


async def test_a_warning_may_come_before_the_link_that_it_is_about(world: Any, book: Any, tables: Any) -> None:
    early = aged(world, Left.WEEK, linked=10)
    await book(world.linked())

    assert await book(early) == []
    assert [type(event) for event in await book(world.linked(at=10))] == [UserLinked]

    assert [type(event) for event in await book(early)] == [UserExpiring]
    assert (await row(tables))[2] == Left.WEEK


async def test_nobody_is_warned_whom_nobody_knows_or_who_is_gone(world: Any, database: Any, book: Any) -> None:
    [unknown] = await Commits(database).commit([aged(world, Left.WEEK)])
    await book(world.linked(2, authorized=-70), aged(world, Left.WEEK, user=2))
    await book(AccountRemoved(user=world.user(2), removed_at=world.at(1)))

    assert isinstance(unknown, Unknown)
    assert await book(aged(world, Left.WEEK, user=2)) == []


@pytest.mark.parametrize(
    "absurd", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
)
async def test_a_time_from_a_clock_that_is_wrong_does_no_harm(
    world: Any, book: Any, tables: Any, database: Any, absurd: str
) -> None:
    wrong = datetime.fromisoformat(absurd)
    await book(world.linked().model_copy(update={"authorized_at": wrong}))

    await book(aged(world, Left.WEEK).model_copy(update={"noticed_at": wrong, "ends_at": wrong}))
    await book(world.poll(20, 5))

    async with transaction(database, reading=True) as connection:
        [told] = (await users(connection, AskUsers())).users
    assert (told.warned, told.plays, ends_at(told.linked_at, told.authorized_at) > wrong) == (
        Left.WEEK,
        1,
        wrong.year < 2026,
    )
    await book(world.linked(at=10, authorized=9))
    assert await row(tables) == ("listener 1", world.at(9), None)
