"""What can be typed to see what somebody listened to: for people, for programs, for spreadsheets."""

import json

import pytest
from door import api_of
from exported import AUDIO, row
from imported import imported
from stack import Stacked
from typed import spindle

from spindle.simulator import Clock, Settings, build

pytestmark = pytest.mark.usefixtures("own_users")

OFTEN = {"master_metadata_track_name": "Often", "spotify_track_uri": f"spotify:track:{7:022}"}
ROWS = [
    *(
        row(number, master_metadata_track_name="Often", spotify_track_uri=f"spotify:track:{7:022}")
        for number in range(3)
    ),
    row(3),
    row(4, ms_played=29_000, skipped=True),
    row(500),
]
"""Of 1 March 2021, from 18:00 on, and of the 2nd."""


async def test_what_was_heard_is_told_in_words_as_json_and_as_csv(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, history_days=0), Clock(speed=0))) as stack:
        await stack.start("recorder", "scheduler", "sync_worker")
        (user,) = await stack.everybody()
        await imported(stack, user, {AUDIO: json.dumps(ROWS).encode()})
        days = ("--since", "2021-03-01", "--until", "2021-03-02")

        told = (await spindle(stack, "listening", user, *days)).out
        as_json = (await spindle(stack, "listening", user, *days, "--json", "--at-least", "0")).json
        top = (await spindle(stack, "top", user)).out
        ranked = (await spindle(stack, "top", user, "artists", "--csv")).out.splitlines()
        skipped = (await spindle(stack, "plays", user, "--skipped", "--json")).json
        found = (await spindle(stack, "plays", user, "--search", "oFTen", "--limit", "2", "--json")).json
        wrong = await spindle(stack, "listening", user, "--at-least", "31")

        assert "1 to 2 March 2021: 30 seconds or more, in days of UTC" in told
        assert "5 plays; 15 min; 3 tracks" in told
        assert "Most days in a row: 2 days, 1 to 2 March 2021" in told
        assert (as_json["heard"]["plays"], as_json["at_least"], as_json["longest"]["days"]) == (6, 0, 2)
        assert [line.split()[:3] for line in top.splitlines()[:2]] == [["#", "name", "artists"], ["1", "Often", "The"]]
        assert ranked[0].startswith("rank,id,name,")
        assert [line.split(",")[2:7] for line in ranked[1:]] == [["The Tests", "", "", "5", "900000"]]
        assert [play["ms_played"] for play in skipped] == [29_000]
        assert [play["track"] for play in found] == ["Often", "Often"]
        assert (wrong.code, "31 is none of 0, 10, 30, 60, 120" in wrong.err) == (2, True)


async def test_a_day_is_one_of_the_listener_and_meant_to_its_end_wherever_it_is_named(
    stacked: Stacked,
) -> None:
    async with stacked(build(Settings(listeners=1, history_days=0))) as stack:
        await stack.start("recorder", "scheduler", "sync_worker")
        (user,) = await stack.everybody()
        await imported(stack, user, {AUDIO: json.dumps(ROWS).encode()})  # from 18:00 on in UTC: the next day in Tokyo
        await spindle(stack, "choose", user, "--zone", "Tokyo")
        days = {day: ("--since", day, "--until", day) for day in ("2021-03-01", "2021-03-02")}

        plays = {day: (await spindle(stack, "plays", user, *of, "--json")).json for day, of in days.items()}
        told = (await spindle(stack, "plays", user, *days["2021-03-02"])).out
        heard = {day: (await spindle(stack, "listening", user, *of, "--json")).json for day, of in days.items()}
        in_words = (await spindle(stack, "listening", user, *days["2021-03-02"])).out
        backwards = await spindle(stack, "top", user, "--since", "2021-03-02", "--until", "2021-03-01")
        async with api_of(stack) as api:
            over_http = {day: await api.get(f"users/{user}/listening", since=day, until=day) for day in days}
            refused = await api.get(f"users/{user}/tops?since=2021-03-02&until=2021-03-01", status=422)

    of_the_second = len([play for play in plays["2021-03-02"] if not play["short"]])
    assert (plays["2021-03-01"], of_the_second > 0) == ([], True)
    assert "; 1 album; 1 day\n" in in_words
    assert "(by the clocks of Asia/Tokyo)" in told
    assert told.splitlines()[1].startswith("2021-03-02 03:0")
    assert [of["heard"]["plays"] for of in (heard["2021-03-01"], heard["2021-03-02"])] == [0, of_the_second]
    assert [of["heard"]["plays"] for of in over_http.values()] == [0, of_the_second]
    assert (backwards.code, "2021-03-01 is before 2021-03-02" in backwards.err) == (2, True)
    assert "`until` is before `since`" in refused
