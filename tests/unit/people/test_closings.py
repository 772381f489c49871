"""A closed door in words, and which of them are closed."""

from datetime import UTC, datetime, timedelta

import pytest

from spindle.people.closings import closed, meanwhile, opened, told
from spindle.people.limits import Budget, Limits
from spindle.people.wording import clock
from spindle.shared.spotify.door import PROBE, Door, Family

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=2)


def door(family: Family = Family.HISTORY, **known: object) -> Door:
    return Door(family=family, of="app", closed_at=NOW, until=UNTIL, why="x").model_copy(update=known)


@pytest.mark.parametrize(
    ("seen", "at", "words"),
    [
        (
            door(),
            NOW,
            "Spotify keeps the history closed until {until} (in 2 min): it was asked too often; "
            "polls and initial syncs wait, imports go on.",
        ),
        (
            door(Family.LIBRARY, refusals=3),
            NOW,
            "Spotify keeps the library closed until {until} (in 2 min): it was asked too often, "
            "for the 3rd time in a row; the history goes on.",
        ),
        (
            door(Family.PROFILE, quota=True, refusals=12),
            NOW,
            "Spotify shows no profiles until {until} (in 2 min): the quota of your developer account is used up, "
            "for all its applications, for the 12th time in a row; nobody can be linked, the history goes on.",
        ),
        (
            door(Family.TOKENS).probed_by("somebody", UNTIL),
            UNTIL,
            "Since {until} one call is trying whether Spotify renews tokens again; "
            "those whose token has run out wait, the others are recorded as ever.",
        ),
    ],
    ids=lambda it: str(it.family) if isinstance(it, Door) else "",
)
def test_a_closed_door_is_told_with_its_end_its_reason_and_what_goes_on(seen: Door, at: datetime, words: str) -> None:
    assert told(seen, at) == words.format(until=clock(UNTIL, NOW))


@pytest.mark.parametrize("family", [*Family, "podcasts"])
def test_every_family_has_its_words_also_one_that_comes_later(family: str) -> None:
    for words in (closed(family), opened(family), meanwhile(family)):
        assert words
        assert "Family" not in words


def test_a_door_is_closed_until_its_deadline_and_then_while_somebody_tries() -> None:
    tried = door(Family.LIBRARY).probed_by("somebody", UNTIL)
    limits = Limits([door(Family.TOKENS), tried, door(), door(Family.PROFILE).opened(NOW)])

    assert [one.family for one in limits.closed(NOW)] == ["history", "library", "tokens"]
    assert [one.family for one in limits.closed(UNTIL)] == ["library"]
    assert limits.closed(UNTIL + PROBE) == []


def test_of_two_doors_of_a_family_the_one_that_opens_later_counts() -> None:
    later = door(quota=True, until=UNTIL + timedelta(hours=1))

    assert Limits([later, door()]).shut(Family.HISTORY, NOW) == later
    assert Limits([later, door()]).shut(Family.LIBRARY, NOW) is None


@pytest.mark.parametrize(
    ("calls", "used", "full"), [(90, 80, False), (90, 81, True), (10, 8, False), (10, 9, True), (1, 1, True)]
)
def test_a_budget_is_full_although_a_share_of_it_is_always_left(calls: int, used: int, full: bool) -> None:
    assert Budget(calls, used).full is full
