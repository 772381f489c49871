"""What is told of a listener's listening is what counting plays one by one gives, by the clocks of any zone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import heard
import pytest
from heard import USER, Count

from spindle.recorder.store import answers
from spindle.shared.messages.ask import AskListening, AskRepeats, AskTops, By, Ranked

# Zones with days of 23, 23.5 and 25 hours, without a midnight, with two of them, and with a day that never was.
CLOCKS = {
    "UTC": ["2024-02-29T00:00", "2024-12-31T00:00"],
    "Europe/Berlin": ["2024-03-31T01:00", "2024-10-27T01:00", "2024-12-31T23:00"],
    "America/New_York": ["2024-03-10T07:00", "2024-11-03T06:00", "2025-01-01T05:00"],
    "America/Havana": ["2024-03-10T05:00", "2024-11-03T05:00"],
    "America/Sao_Paulo": ["2018-11-04T03:00", "2018-02-18T02:00"],
    "Asia/Beirut": ["2024-03-30T22:00", "2024-10-26T21:00"],
    "Atlantic/Azores": ["2024-03-31T01:00", "2024-10-27T01:00"],
    "Australia/Lord_Howe": ["2024-04-06T15:00", "2024-10-05T15:30"],
    "Asia/Kathmandu": ["2024-01-01T00:00", "2023-12-31T18:15"],
    "Pacific/Apia": ["2011-12-30T10:00", "2012-01-01T10:00"],
}


def moments(zone: str) -> list[datetime]:
    return [datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in CLOCKS[zone]]


def periods(zone: str) -> list[tuple[date | None, date | None]]:
    """Everything, and what begins or ends on a day on which clocks were changed, or next to it."""
    day = moments(zone)[0].date()
    return [
        (None, None),
        (day, day + timedelta(days=1)),
        (day - timedelta(days=1), day + timedelta(days=2)),
        (day + timedelta(days=1), None),
        (None, day),
        (day, day),
        (date.min, date.max),
    ]


@pytest.mark.parametrize("zone", CLOCKS)
async def test_sums_bars_hours_and_streaks_are_those_of_a_count(zone: str, database: Any) -> None:
    plays = heard.some(moments(zone), 300)
    today = max(moments(zone))

    async with database.begin() as connection:
        await heard.write(connection, plays, zone)
        told = [
            (by, at_least, since, until, await answers.listening(connection, question, today))
            for by, at_least, (since, until) in zip(
                [By.DAY, By.WEEK, By.MONTH, By.YEAR] * 2, [30, 0, 120, 10] * 2, periods(zone), strict=False
            )
            for question in [AskListening(user=USER, since=since, until=until, at_least=at_least, by=by)]
        ]

    for by, at_least, since, until, told_of in told:
        counted = Count(plays, zone, at_least, since, until)
        assert tuple(dict(told_of.heard).values()) == counted.sums
        assert [(bar.begins, bar.plays, bar.ms) for bar in told_of.bars] == counted.bars(by)
        assert told_of.hours == counted.hours
        assert (told_of.zone, told_of.at_least) == (zone, at_least)
        longest = max(counted.streaks(), key=lambda streak: (streak[1] - streak[0], streak[0]), default=None)
        assert (told_of.longest and (told_of.longest.first, told_of.longest.last)) == longest
        if since and until and since < until and since > date.min:
            before = Count(plays, zone, at_least, since - (until - since), since)
            assert tuple(dict(told_of.before).values()) == before.sums
    everything = Count(plays, zone, 0, None, None)
    assert (told[0][-1].first, told[0][-1].last) == (everything.days[0], everything.days[-1])


@pytest.mark.parametrize("zone", ["America/Havana", "Australia/Lord_Howe"])
async def test_tops_and_repeats_are_those_of_a_count(zone: str, database: Any) -> None:
    plays = heard.some(moments(zone), 400)
    day = moments(zone)[0].date()
    since, until = day, day + timedelta(days=3)

    async with database.begin() as connection:
        await heard.write(connection, plays, zone)
        tops = {
            what: await answers.tops(connection, AskTops(user=USER, what=what, since=since, until=until))
            for what in Ranked
        }
        question = AskListening(user=USER, since=since, until=until, favourites=100)
        together = await answers.listening(connection, question, moments(zone)[0])
        some = await answers.tops(connection, AskTops(user=USER, skip=2, limit=3))
        repeats = await answers.repeats(connection, AskRepeats(user=USER, since=since, at_least=10))

    counted, before = Count(plays, zone, 30, since, until), Count(plays, zone, 30, since - timedelta(days=3), since)
    for what, told in tops.items():
        names = [f"{row.name} by {row.artists[0]}" if what is Ranked.ALBUMS else row.name for row in told.rows]
        ranks = {key: rank for rank, (key, _, _) in enumerate(before.tops(what), 1)}
        plays_before = {key: number for key, number, _ in before.tops(what)}
        assert [(name, row.plays, row.ms) for name, row in zip(names, told.rows, strict=True)] == counted.tops(what)
        assert [row.rank for row in told.rows] == list(range(1, len(names) + 1))
        assert [row.rank_before for row in told.rows] == [ranks.get(name) for name in names]
        assert [row.plays_before for row in told.rows] == [plays_before.get(name, 0) for name in names]
        assert [(row.first_at, row.last_at) for row in told.rows] == [counted.ends(what)[name] for name in names]
    assert dict(together.favourites) == tops
    everything = Count(plays, zone, 30, None, None).tops("tracks")
    assert ([row.name for row in some.rows], some.more) == ([name for name, _, _ in everything[2:5]], True)
    assert some.rows[0].plays_before is None
    told_often = [(row.day, row.track_id, row.plays) for row in repeats.rows]
    assert told_often == Count(plays, zone, 10, since, None).repeats()


async def test_a_streak_is_current_until_a_whole_day_has_passed_without_a_play(database: Any) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    plays = [heard.Heard(noon + timedelta(days=n), 6, 40_000) for n in (-5, -2, -1, 0)]
    question = AskListening(user=USER, since=date(2020, 1, 1), until=date(2020, 1, 2))

    async with database.begin() as connection:
        await heard.write(connection, plays, "Pacific/Auckland")  # where each of them was after midnight
        told = [await answers.listening(connection, question, noon + timedelta(days=n)) for n in (0, 1, 1.9, 2)]

    streak = (date(2026, 2, 28), date(2026, 3, 2))
    assert [each.current and (each.current.first, each.current.last) for each in told[:3]] == [streak] * 3
    assert told[3].current is None
    assert {each.longest for each in told} == {None}


async def test_nobody_and_nothing_have_answers_too(database: Any) -> None:
    async with database.begin() as connection:
        told = await answers.listening(connection, AskListening(user=USER), datetime.now(UTC))
        tops = await answers.tops(connection, AskTops(user=USER))

    assert (told.zone, told.at_least, told.first, told.bars, told.current) == ("UTC", 30, None, (), None)
    assert (sum(map(sum, told.hours)), len(told.hours), len(told.hours[0])) == (0, 7, 24)
    assert tops.rows == ()
