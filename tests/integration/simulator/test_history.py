"""Recently-played over HTTP: reach, cursors, late plays, scopes, and the truth behind it."""

from datetime import datetime

from spindle.simulator import Profile, Settings
from spindle.simulator.clock import unix_ms

from .conftest import RECENT, START, Spotify, Started

_NOW = int(START.timestamp() * 1000)
_PUNCTUAL = Settings(late=False)


async def _walked(here: Spotify, limit: int = 50) -> list[str]:
    """The times of all plays that can be reached by following `next`."""
    bearer, url, seen = await here.bearer(), f"{RECENT}?limit={limit}", list[str]()
    while url:
        page = (await here.http.get(url, headers=bearer)).json()
        seen += [item["played_at"] for item in page["items"]]
        url = page["next"]
    return seen


async def _shown(here: Spotify) -> list[int]:
    return [row["played_at"] for row in await here.truth() if row["hidden"] is None][::-1]


def _ms(times: list[str]) -> list[int]:

    return [unix_ms(datetime.fromisoformat(time)) for time in times]


async def test_only_the_latest_fifty_plays_can_be_reached(spotify: Started) -> None:
    here = await spotify(_PUNCTUAL)

    assert _ms(await _walked(here, limit=7)) == (await _shown(here))[:50]


async def test_the_walk_ends_on_an_empty_page_without_cursors(spotify: Started) -> None:
    here = await spotify()
    bearer = await here.bearer()
    page = await here.recent(bearer, limit=50)

    end = (await here.http.get(page["next"], headers=bearer)).json()

    assert len(page["items"]) == 50
    assert end == {"items": [], "next": None, "cursors": None, "limit": 50, "href": page["next"]}


async def test_deep_mode_reaches_back_to_the_first_play(spotify: Started) -> None:
    here = await spotify(Settings(late=False, reach=None))

    seen = _ms(await _walked(here))

    assert seen == await _shown(here)
    assert len(seen) > 500


async def test_cursors_are_strings_and_name_the_newest_and_the_oldest(spotify: Started) -> None:
    here = await spotify()

    page = await here.recent(await here.bearer(), limit=5)

    newest, *_, oldest = _ms([item["played_at"] for item in page["items"]])
    assert page["cursors"] == {"after": str(newest), "before": str(oldest)}
    assert page["href"].endswith("/v1/me/player/recently-played?limit=5")
    assert page["next"] == f"http://spotify.test{RECENT}?before={oldest}&limit=5"
    assert "total" not in page


async def test_whoever_comes_back_after_fifty_plays_with_after_loses_the_older_ones(spotify: Started) -> None:
    here = await spotify(_PUNCTUAL)
    shown = await _shown(here)

    page = await here.recent(await here.bearer(), limit=50, after=shown[70])

    assert _ms([item["played_at"] for item in page["items"]]) == shown[:50]


async def test_a_fraction_of_zero_is_not_written(spotify: Started) -> None:
    here = await spotify(_PUNCTUAL)
    own = (await here.listener())["id"]

    await here.control("plays", listener=own, played_at="2026-11-21T20:59:59.999Z")
    await here.control("plays", listener=own, played_at="2026-11-21T21:00:00Z")

    page = await here.recent(await here.bearer(), limit=2)
    assert [item["played_at"] for item in page["items"]] == ["2026-11-21T21:00:00Z", "2026-11-21T20:59:59.999Z"]


async def test_a_late_play_appears_in_its_place_behind_newer_ones(spotify: Started) -> None:
    here = await spotify(_PUNCTUAL)
    own, bearer = (await here.listener())["id"], await here.bearer()
    await here.control("plays", listener=own, played_at=_NOW - 60_000, visible_at=_NOW + 60_000, track=_track("Late"))
    await here.control("plays", listener=own, played_at=_NOW - 1_000, track=_track("Prompt"))

    before = await here.recent(bearer, limit=2)
    await here.control("clock", advance_seconds=60)
    after = await here.recent(bearer, limit=50)

    assert "Late" not in [item["track"]["name"] for item in before["items"]]
    names = [item["track"]["name"] for item in after["items"]]
    assert names.index("Late") > names.index("Prompt")


async def test_a_frozen_listener_shows_nothing_new_until_unfrozen(spotify: Started) -> None:
    here = await spotify(Settings(late=False, listening_now=True))
    own, bearer = (await here.listener())["id"], await here.bearer()
    before = await here.recent(bearer)

    await here.control(f"listeners/{own}/freeze")
    await here.control("clock", advance_seconds=7200)
    frozen = await here.recent(bearer)
    await here.control(f"listeners/{own}/unfreeze")

    assert frozen["items"] == before["items"]
    assert (await here.recent(bearer))["items"] != before["items"]


async def test_the_truth_tells_what_the_api_will_have_shown(spotify: Started) -> None:
    here = await spotify(Settings(listening_now=True))
    bearer = await here.bearer()
    since, seen = (await here.truth())[-200]["played_at"], set[int]()

    for _ in range(24 * 6):
        await here.control("clock", advance_seconds=600)
        page = await here.recent(bearer, limit=50)
        seen |= set(_ms([item["played_at"] for item in page["items"]]))
        bearer = await here.bearer()

    rows = await here.truth(since=since, until=_NOW + 86_400_000 - 12 * 3_600_000)
    expected = {row["played_at"] for row in rows if row["shown"] and (row["reachable_until"] or 2**60) > _NOW + 600_000}
    assert expected
    assert expected == {at for at in seen if rows[0]["played_at"] <= at <= rows[-1]["played_at"]}


async def test_history_needs_its_scope(spotify: Started) -> None:
    here = await spotify()
    asked = {
        "client_id": "c",
        "response_type": "code",
        "redirect_uri": "https://app.example/",
        "scope": "user-read-email",
    }
    form = {"listener": (await here.listener())["id"], "answer": "allow"}
    back = await here.http.post("/login", params=asked, data=form)
    code = back.headers["location"].partition("code=")[2]
    exchange = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]}
    token = (await here.http.post("/api/token", data=exchange, auth=("c", "s"))).json()["access_token"]
    bearer = {"authorization": f"Bearer {token}"}

    refused = await here.http.get(RECENT, headers=bearer)

    assert (refused.status_code, refused.json()["error"]["message"]) == (403, "Insufficient client scope")
    me = (await here.http.get("/v1/me", headers=bearer)).json()
    assert "email" in me
    assert "country" not in me


async def test_new_applications_get_fewer_fields(spotify: Started) -> None:
    here = await spotify(Settings(profile=Profile.NEW_DEV))
    bearer = await here.bearer()

    track = (await here.recent(bearer, limit=1))["items"][0]["track"]
    me = (await here.http.get("/v1/me", headers=bearer)).json()

    assert not {"available_markets", "popularity", "linked_from"} & track.keys()
    assert "available_markets" not in track["album"]
    assert "isrc" in track["external_ids"]
    assert me.keys() == {"account_id", "display_name", "external_urls", "href", "id", "images", "type", "uri"}


async def test_odd_items_appear_when_a_script_asks_for_them(spotify: Started) -> None:
    here = await spotify(_PUNCTUAL)
    own = (await here.listener())["id"]
    for at, oddity in enumerate(("null-track", "no-id", "local")):
        await here.control("plays", listener=own, played_at=_NOW - at, track=_track("Odd"), oddity=oddity)

    nothing, no_id, local = [item["track"] for item in (await here.recent(await here.bearer(), limit=3))["items"]]

    assert nothing is None
    assert (no_id["id"], no_id["name"]) == (None, "Odd")
    assert (local["id"], local["is_local"]) == (None, True)
    assert local["uri"] == "spotify:local:Somebody:Odd:Odd:200"


def _track(name: str) -> dict[str, str]:
    return {"name": name, "artist": "Somebody"}
