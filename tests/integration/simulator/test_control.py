"""Faults over a real connection, and the bookkeeping of calls."""

import asyncio
import io
import json
import time
import zipfile

import httpx
import pytest

from spindle.simulator import Clock, Settings, build, serve
from spindle.simulator.settings import Refresh

from .conftest import RECENT, START, Started


async def test_a_scripted_wait_is_sent_as_written_or_not_at_all(spotify: Started) -> None:
    here = await spotify()
    bearer = await here.bearer()

    waits = []
    for retry_after in ("3", "-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", None):
        await here.control("faults", kind="rate", retry_after=retry_after)
        waits.append((await here.http.get(RECENT, headers=bearer)).headers.get("retry-after"))

    assert waits == ["3", "-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", None]
    assert (await here.http.get(RECENT, headers=bearer)).status_code == 200


async def test_a_refresh_can_fail_for_one_listener(spotify: Started) -> None:
    here = await spotify()
    first, second = await here.listener(0), await here.listener(1)

    await here.control("faults", kind="server", status=503, body="text", path="/api/token", listener=first["id"])

    assert (await here.refresh(second["refresh_token"])).status_code == 200
    failed = await here.refresh(first["refresh_token"])
    assert (failed.status_code, failed.text) == (503, "Service unavailable")
    assert (await here.refresh(first["refresh_token"])).status_code == 200


async def test_broken_answers_are_broken_and_broken_items_stand_before_whole_ones(spotify: Started) -> None:
    here = await spotify()
    bearer = await here.bearer()
    whole = await here.recent(bearer, limit=3)

    await here.control("faults", kind="malformed", variant="json")
    cut = await here.http.get(RECENT, headers=bearer)
    await here.control("faults", kind="malformed", variant="items")
    odd = await here.recent(bearer, limit=3)

    with pytest.raises(ValueError, match=r"char|column"):
        cut.json()
    assert odd["items"][-3:] == whole["items"]
    assert len(odd["items"]) == 6


async def test_calls_are_counted_and_logged(spotify: Started) -> None:
    here = await spotify()
    bearer, own = await here.bearer(), (await here.listener())["id"]
    await here.control("faults", kind="quota")

    await here.http.get(RECENT, headers=bearer)
    await here.recent(bearer, limit=5)
    calls = (await here.http.get("/control/calls", params={"listener": own})).json()

    assert {"listener": own, "path": RECENT, "calls": 2} in calls["counts"]
    assert [(call["status"], call["fault"], call["query"]) for call in calls["log"]] == [
        (200, None, ""),
        (429, "quota", ""),
        (200, None, "limit=5"),
    ]
    assert (await here.http.delete("/control/calls")).json() == {"cleared": 3}
    assert (await here.http.get("/control/calls")).json()["total"] == 0


async def test_it_tells_of_every_token_that_it_gave(spotify: Started) -> None:
    here = await spotify(Settings(refresh=Refresh.ROTATE))
    first = (await here.listener())["refresh_token"]

    answer = (await here.refresh(first)).json()

    issued = (await here.http.get("/control/tokens")).json()
    assert {first, answer["refresh_token"], answer["access_token"]} <= set(issued)


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("faults", {"kind": "nonsense"}, 400, "kind: Input should be"),
        ("faults", {"kind": "rate", "listener": "nobody"}, 404, "no listener 'nobody'"),
        ("clock", {"set": "soon"}, 400, "set: "),
        ("clock", {"speed": -1}, 400, "speed: "),
        ("clock", {"advance_seconds": 1e300}, 400, "beyond the end of time"),
        ("plays", {"listener": "nobody"}, 404, "no listener 'nobody'"),
        ("tokens", {"revoke_token": "AQx"}, 404, "no refresh token of this simulator"),
        ("plays", {"listener": "inesokoro", "told": "later"}, 400, "told: Input should be"),
        ("listeners/nobody/freeze", {}, 404, "no listener 'nobody'"),
    ],
)
async def test_a_mistake_is_answered_with_one_line(
    spotify: Started, path: str, body: dict[str, object], status: int, reason: str
) -> None:
    here = await spotify()

    answer = await here.http.post(f"/control/{path}", json=body)

    assert answer.status_code == status
    assert answer.json()["error"].startswith(reason)


async def test_a_listener_is_added_while_it_runs(spotify: Started) -> None:
    here = await spotify(Settings(listeners=0))

    added = await here.control("listeners", name="Zoë Ångström")

    assert (added["id"], added["display_name"]) == ("zoeangstrom", "Zoë Ångström")
    assert (await here.recent(await here.bearer()))["items"]


async def test_a_listener_s_data_can_be_downloaded_in_every_form(spotify: Started) -> None:
    here = await spotify()
    own, truth = (await here.listener())["id"], await here.truth()

    for form in ("extended-2022", "extended-2025"):
        answer = await here.http.get(f"/control/listeners/{own}/export", params={"format": form})
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            audio = [name for name in archive.namelist() if "Audio" in name or "endsong" in name]
            rows = [row for name in audio for row in json.loads(archive.read(name))]
        assert sum(bool(row["spotify_track_uri"]) for row in rows) == len(truth)


async def test_a_play_can_be_told_by_its_start_with_a_pause_or_not_at_all(spotify: Started) -> None:
    here = await spotify(Settings(listeners=1, history_days=0, late=False))
    own, bearer = (await here.listener())["id"], await here.bearer()
    at = START.timestamp() * 1000
    told = {"listener": own, "ms_played": 180_000, "track": {"name": "Salt", "artist": "Ivy Tolliver"}}

    await here.control("plays", **told, played_at=int(at - 900_000), told="start")
    await here.control("plays", **told, played_at=int(at - 600_000), paused_ms=60_000)
    await here.control("plays", **told, played_at=int(at - 300_000), private=True)
    await here.control("plays", **told, played_at=int(at - 100_000), told="start")

    ends = [int(play["ended_at"] - at) for play in await here.truth()]
    assert ends == [-720_000, -540_000, -300_000, 80_000]
    assert len((await here.recent(bearer))["items"]) == 2  # neither the private one nor what goes on


async def test_a_served_simulator_drops_hangs_and_goes_when_it_is_left() -> None:
    app = build(clock=Clock(START, speed=0))

    async with serve(app) as address, httpx.AsyncClient(base_url=address, timeout=60) as http:
        await http.post("/control/faults", json={"kind": "drop"})
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get("/v1/me")
        await http.post("/control/faults", json={"kind": "hang"})
        with pytest.raises(httpx.ReadTimeout):
            await http.get("/v1/me", timeout=httpx.Timeout(60, read=0.2))
        await http.post("/control/faults", json={"kind": "slow", "seconds": 0.2})
        began = asyncio.get_running_loop().time()
        assert (await http.get("/v1/me")).status_code == 401
        assert asyncio.get_running_loop().time() - began >= 0.2
        calls = (await http.get("/control/calls")).json()["log"]

    assert [(call["fault"], call["status"]) for call in calls] == [("drop", None), ("hang", None), ("slow", 401)]
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(address)


async def test_a_call_counts_from_its_arrival_also_while_it_hangs() -> None:
    async with serve(build()) as address, httpx.AsyncClient(base_url=address, timeout=60) as http:
        await http.post("/control/faults", json={"kind": "slow", "seconds": 5, "path": "/v1/me/tracks"})
        began = time.time_ns() // 1_000_000
        slow = asyncio.create_task(http.get("/v1/me/tracks"))
        while not (while_it_waits := (await http.get("/control/calls")).json()["log"]):
            await asyncio.sleep(0.05)
        looked = time.time_ns() // 1_000_000
        await http.get("/v1/me")
        await slow
        afterwards = (await http.get("/control/calls")).json()["log"]
        told = (await http.get("/control/arrivals", params={"since": began})).json()
        library = (await http.get("/control/arrivals", params={"path": "/v1/me/tracks", "seconds": 1})).json()
        later = (await http.get("/control/arrivals", params={"since": told["arrivals"][1]})).json()

    assert [(call["path"], call["status"]) for call in while_it_waits] == [("/v1/me/tracks", None)]
    assert [(call["path"], call["status"]) for call in afterwards] == [("/v1/me/tracks", 404), ("/v1/me", 401)]
    assert told["arrivals"] == [call["real_at"] for call in afterwards]
    assert began <= told["arrivals"][0] <= looked <= told["arrivals"][1]
    assert (told["most"], library["most"], later["arrivals"]) == (2, 1, told["arrivals"][1:])


async def test_it_leaves_in_time_while_a_call_hangs() -> None:
    loop = asyncio.get_running_loop()

    async with serve(build()) as address, httpx.AsyncClient(base_url=address) as http:
        await http.post("/control/faults", json={"kind": "hang"})
        hanging = asyncio.create_task(http.get("/v1/me", timeout=60))
        await asyncio.sleep(0.1)
        left = loop.time()
        hanging.cancel()

    assert loop.time() - left < 20  # the call would hang for sixty


async def test_a_taken_port_is_refused_at_once() -> None:
    async with serve(build()) as address:
        with pytest.raises(OSError, match="in use"):
            async with serve(build(), port=int(address.rpartition(":")[2])):
                pass
