"""Closed doors as people and programs see them: in `status` and by the doctor, with their end, and not afterwards."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nats.js import JetStreamContext
from pydantic import SecretStr
from stack import Stacked
from typed import begin

from spindle.cli.doctor.visit import visit
from spindle.cli.finding import spotify
from spindle.cli.seeing.reading import status
from spindle.people.errors import Problem
from spindle.people.linking import linking
from spindle.people.wording import local
from spindle.shared.ids import Kind
from spindle.shared.messages.control import Trigger
from spindle.shared.spotify.door import Family, Owner
from spindle.shared.spotify.doors import BUCKET, Doors
from spindle.shared.spotify.errors import RateLimited
from spindle.simulator import Settings, build


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


async def seen(home: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    await status(home, None, as_json=True)
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


async def diagnosed(home: Path) -> list[str]:
    return [one.what for one in await visit(home) if one.check == "doors"]


async def refused(js: JetStreamContext, family: Family, refusal: RateLimited) -> None:
    """A call of the family, as whoever will need it one day makes it."""
    with pytest.raises(RateLimited):
        async with Doors(js, await js.key_value(BUCKET), Owner("test", "")).passing(family):
            raise refusal


async def test_doors_of_history_and_library_are_seen_while_they_are_closed_and_not_longer(
    stacked: Stacked, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        for name, value in {**stack.environment, "SPINDLE_DATABASE_URL": stack.database_url}.items():
            monkeypatch.setenv(name, value)
        await stack.start(initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        before = await seen(home, capsys)

        await refused(stack.js, Family.LIBRARY, RateLimited(timedelta(seconds=19056)))
        library = await seen(home, capsys)
        library_diagnosed = await diagnosed(home)
        await stack.simulator("faults", kind="quota", retry_after="20", path="/v1/me/player")
        await stack.control(Trigger(user=user, what="poll"))
        await stack.until(partial(stack.door, Family.HISTORY))
        both = await seen(home, capsys)
        both_diagnosed = await diagnosed(home)
        await stack.finished(user, Kind.POLL, count=2)
        after = await seen(home, capsys)
        after_diagnosed = await diagnosed(home)

    assert (before["gate"]["open"], before["doors"]) == (True, [])
    assert before["budget"]["calls"] == stack.budget
    assert before["budget"]["used"] >= 1
    assert [one["family"] for one in library["doors"]] == ["library"]
    assert (library["gate"]["open"], library["users"][0]["state"]) == (True, "idle"), "the history goes on"
    assert "the history goes on" in library_diagnosed[0]
    assert [(one["family"], one["quota"]) for one in both["doors"]] == [("history", True), ("library", False)]
    assert both["gate"]["until"] == both["doors"][0]["until"]
    assert "quota" in both["gate"]["why"]
    assert both["doors"][1]["why"] == "Spotify asks us to wait: 19056 s."
    assert both["users"][0]["state"] == "waiting"
    assert len(both_diagnosed) == 2
    assert "the quota of your developer account is used up" in both_diagnosed[0]
    assert [one["family"] for one in after["doors"]] == ["library"]
    assert after["gate"] == {"open": True, "until": None, "why": None}
    assert [one.partition(" until ")[0] for one in after_diagnosed] == ["Spotify keeps the library closed"]


async def test_whoever_watches_one_listener_hears_of_doors_which_are_everybodys(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start(initial_sync_enabled=False)
        ada, bob = [await stack.listener(user) for user in await stack.everybody()]
        assert ada
        assert bob
        await refused(stack.js, Family.LIBRARY, RateLimited(timedelta(hours=5)))

        people = await begin(stack, "watch", ada.name, "--since", "1h")
        programs = await begin(stack, "watch", ada.name, "--since", "1h", "--json")
        await people.until("keeps the library closed for 5 h, until ")
        await programs.until('"event": "DoorClosed"')
        people.interrupt()
        programs.interrupt()
        said = (await people.end()).out, (await programs.end()).out

    assert "• linked" in said[0]
    assert bob.user not in said[1]


async def test_who_adds_a_listener_behind_a_closed_door_is_told_until_when_and_nothing_is_asked(
    stacked: Stacked, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        for name, value in stack.environment.items():
            monkeypatch.setenv(name, value)
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await refused(stack.js, Family.PROFILE, RateLimited(timedelta(seconds=19056)))
        door = await stack.door(Family.PROFILE)
        assert door is not None

        async with linking(stack.client, spotify(home)) as links:
            with pytest.raises(Problem, match=f"Spotify may not be asked before {local(door.until)}"):
                await links.add("Ada", SecretStr(person["refresh_token"]))

        asked = (await stack.http.get(f"{stack.spotify}/control/arrivals", params={"path": "/v1"})).json()
        assert asked["arrivals"] == []
