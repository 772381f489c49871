"""Which days are known, as pages, programs and the command line tell it: in the zone that the listener chose.

On 28 March 2021 clocks were put forward in Berlin.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from agreeing import words
from door import api_of
from exported import row
from imported import imported
from stack import Stack, Stacked
from visiting import visiting

from spindle.cli.seeing.coverage import coverage
from spindle.shared.bus.publish import publish
from spindle.shared.ids import Kind, UserId, new_job
from spindle.shared.messages.plays import Play, PlaysFetched, Source, Track, Window
from spindle.simulator import Settings, build


async def test_days_are_told_alike_everywhere_in_the_zone_that_was_chosen(
    stacked: Stacked, nats_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPINDLE_NATS_URL", nats_url)
    async with stacked(build(Settings(listeners=0))) as stack:
        await stack.start("recorder", "scheduler", "sync_worker", initial_sync_enabled=False)
        user = await stack.link("Ada", "no token")
        brought = [row(0, ts="2021-03-24T23:00:00Z"), row(1, ts="2021-03-26T11:00:00Z")]
        await imported(stack, user, {"endsong_0.json": json.dumps(brought).encode()})
        await proven(stack, user, "2021-03-27T23:00", "2021-03-28T22:00")
        await proven(stack, user, "2021-03-29T22:00", "2021-03-30T12:00")
        async with api_of(stack) as api, visiting(stack) as person:
            in_utc = await api.get("users/Ada/coverage")
            wrong = await person.http.post(f"/listeners/{user}/choices", data={"zone": "Atlantis", "at_least": "60"})
            chosen = await person.http.post(f"/listeners/{user}/choices", data={"zone": "berlin", "at_least": "60"})
            told = await api.get("users/Ada/coverage")
            sheet = (await api.text("users/Ada/coverage.csv")).splitlines()
            refused = await api.http.put("/api/users/Ada/choices", json={"zone": "Atlantis"})
            capsys.readouterr()
            await coverage(tmp_path, "Ada", as_json=True, as_csv=False)
            typed = json.loads(capsys.readouterr().out)
            await coverage(tmp_path, "Ada", as_json=False, as_csv=False)
            drawn = capsys.readouterr().out
            years = await person.http.get(f"/coverage/{user}")
            day = words(await person.http.get(f"/coverage/{user}/2021-03-26"))
            later = words(await person.http.get(f"/coverage/{user}/2021-04-02"))
            led = await person.http.get(f"/coverage/{user}?day=2021-03-26")
            portrait = await api.get("users/Ada")

        assert {"first": "2021-03-26", "last": "2021-03-29", "proof": "partial"} in in_utc["stretches"]
        assert told["stretches"] == [
            {"first": "2021-03-25", "last": "2021-03-25", "proof": "imported"},
            {"first": "2021-03-26", "last": "2021-03-26", "proof": "partial"},
            {"first": "2021-03-27", "last": "2021-03-27", "proof": "gap"},
            {"first": "2021-03-28", "last": "2021-03-28", "proof": "complete"},
            {"first": "2021-03-29", "last": "2021-03-29", "proof": "gap"},
            {"first": "2021-03-30", "last": "2021-03-30", "proof": "complete"},
        ]
        assert told["days"] == {"complete": 2, "imported": 1, "partial": 1, "gap": 2}
        assert {**typed, "coverage": told["coverage"]} == told
        assert sheet[0] == "day,proof,so_far"
        assert (sheet[1], sheet[-1]) == ("2021-03-25,imported,false", "2021-03-30,complete,true")
        assert "Mar ························▣◪□■□■·" in drawn
        assert f'href="/coverage/{user}/2021-03-28" tabindex="-1"' in years.text
        assert "open, from 12:00 to 00:00" in day
        assert "An import of the extended streaming history that reaches from 26 March 2021 to 28 March 2021" in day
        assert "Song 1" in day
        assert "told by the poll that finds the next play" in later
        assert led.headers["location"] == f"/coverage/{user}/2021-03-26"
        assert (wrong.status_code, chosen.status_code, refused.status_code) == (422, 303, 422)
        assert "No time zone is called" in words(wrong)
        assert (portrait["zone"], portrait["at_least"]) == ("Europe/Berlin", 60)


async def proven(stack: Stack, user: UserId, after: str, before: str) -> None:
    """By a poll that found a play at both ends."""
    first, last = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (after, before))
    played = tuple(Play(played_at=at, track=Track(id="song", name="Song")) for at in (last, first))
    job = new_job(Kind.POLL, user)
    window = Window(after=first, before=last)
    page = PlaysFetched(
        user=user,
        job=job,
        step=1,
        source=Source.POLL,
        started_at=last,
        fetched_at=last,
        requests=1,
        plays=played,
        window=window,
    )
    await publish(stack.js, page)

    async def there() -> bool:
        return last in {play.played_at for play in await stack.plays(user)}

    await stack.until(there)
