"""The OAuth dance, step by step, and what becomes of the tokens."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from spindle.simulator import Lifetime, Refresh, Settings
from spindle.simulator.logic.tokens import challenge

from .conftest import Spotify, Started

_BACK = "http://127.0.0.1:8765/callback"
_VERIFIER = "a" * 64


async def _answered(spotify: Spotify, answer: str = "allow", **more: str) -> dict[str, list[str]]:
    """What the application gets back when the first listener has pressed a button."""
    asked = {
        "client_id": "client",
        "response_type": "code",
        "redirect_uri": _BACK,
        "scope": "user-read-recently-played",
        "state": "x/y z",
        **more,
    }
    page = await spotify.http.get("/authorize", params=asked, follow_redirects=True)
    assert page.status_code == 200, page.text
    form = {"listener": (await spotify.listener())["id"], "answer": answer}
    back = await spotify.http.post(page.url, data=form)
    assert back.headers["location"].startswith(_BACK)
    return parse_qs(urlsplit(back.headers["location"]).query)


async def _exchanged(spotify: Spotify, code: str, pkce: bool = False, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": _BACK, **more}
    if pkce:
        return await spotify.http.post("/api/token", data={"client_id": "client", **form})
    return await spotify.http.post("/api/token", data=form, auth=("client", "secret"))


def _refusal(description: str | None = None, error: str = "invalid_grant") -> dict[str, str]:
    return {"error": error} if description is None else {"error": error, "error_description": description}


async def test_a_listener_allows_and_the_application_reads_their_history(spotify: Started) -> None:
    here = await spotify()

    back = await _answered(here)
    tokens = (await _exchanged(here, back["code"][0])).json()

    assert back["state"] == ["x/y z"]
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert tokens["scope"] == "user-read-recently-played"
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await here.recent(bearer))["items"]
    assert (await here.refresh(tokens["refresh_token"])).status_code == 200


async def test_the_first_hop_leads_to_a_page_that_lists_the_listeners(spotify: Started) -> None:
    here = await spotify()
    asked = {"client_id": "<app>", "response_type": "code", "redirect_uri": _BACK}

    hop = await here.http.get("/authorize", params=asked)
    page = await here.http.get(hop.headers["location"])

    assert hop.status_code == 303
    assert page.text.count('name="listener"') == 3
    assert "&lt;app&gt;" in page.text
    assert "<app>" not in page.text


async def test_a_listener_denies(spotify: Started) -> None:
    here = await spotify()

    assert await _answered(here, "deny") == {"error": ["access_denied"], "state": ["x/y z"]}


async def test_pkce_needs_the_verifier_and_no_secret(spotify: Started) -> None:
    here = await spotify()
    asked = {"code_challenge": challenge(_VERIFIER), "code_challenge_method": "S256"}

    good = await _exchanged(here, (await _answered(here, **asked))["code"][0], pkce=True, code_verifier=_VERIFIER)
    bad = await _exchanged(here, (await _answered(here, **asked))["code"][0], pkce=True, code_verifier="b" * 64)

    assert good.status_code == 200
    assert (bad.status_code, bad.json()) == (400, _refusal("code_verifier was incorrect"))


async def test_a_code_is_good_once_for_its_own_redirect_and_ten_minutes(spotify: Started) -> None:
    here = await spotify()
    code = (await _answered(here))["code"][0]

    elsewhere = await _exchanged(here, (await _answered(here))["code"][0], redirect_uri=_BACK + "/")
    once, again = await _exchanged(here, code), await _exchanged(here, code)
    late = (await _answered(here))["code"][0]
    await here.control("clock", advance_seconds=601)

    assert elsewhere.json() == _refusal("Invalid redirect URI")
    assert once.status_code == 200
    assert (again.status_code, again.json()) == (400, _refusal("Invalid authorization code"))
    assert (await _exchanged(here, late)).json() == _refusal("Authorization code expired")


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("http://localhost:8765/callback", "Invalid redirect URI"),
        ("http://192.168.1.2/callback", "Insecure redirect URI"),
        ("http://127.0.0.1.evil.example/", "Insecure redirect URI"),
        ("", "Invalid redirect URI"),
    ],
)
async def test_a_redirect_that_spotify_forbids_is_reported_on_the_page(spotify: Started, uri: str, reason: str) -> None:
    here = await spotify()

    answer = await here.http.get("/login", params={"client_id": "c", "response_type": "code", "redirect_uri": uri})

    assert (answer.status_code, answer.text) == (400, f"INVALID_CLIENT: {reason}")


async def test_a_strange_client_is_refused_in_spotify_s_words(spotify: Started) -> None:
    here = await spotify(Settings(client_id="client", client_secret="right"))
    form = {"grant_type": "client_credentials"}

    answers = [
        await here.http.post("/api/token", data=form),
        await here.http.post("/api/token", data=form, auth=("other", "right")),
        await here.http.post("/api/token", data=form, auth=("client", "wrong")),
        await here.http.post("/api/token", data={**form, "client_id": "client"}),
        await here.http.post("/api/token", data=form, headers={"authorization": "Basic %%%"}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 5
    assert [answer.json() for answer in answers] == [
        _refusal(error="invalid_client"),
        _refusal("Invalid client", "invalid_client"),
        _refusal("Invalid client secret", "invalid_client"),
        _refusal("Invalid client secret", "invalid_client"),
        _refusal("Invalid client", "invalid_client"),
    ]
    assert (await here.http.post("/api/token", data=form, auth=("client", "right"))).status_code == 200


async def test_a_client_s_own_token_has_no_listener(spotify: Started) -> None:
    here = await spotify()

    answer = await here.http.post("/api/token", data={"grant_type": "client_credentials"}, auth=("client", "secret"))

    assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
    bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await here.http.get("/v1/me", headers=bearer)).status_code == 401


async def test_a_refresh_of_today_brings_no_refresh_token_and_the_old_one_stays_good(spotify: Started) -> None:
    here = await spotify()
    token = (await here.listener())["refresh_token"]

    answers = [(await here.refresh(token)).json() for _ in range(2)]

    assert all("refresh_token" not in answer for answer in answers)
    assert all(answer["scope"] for answer in answers)


async def test_a_rotated_refresh_token_revokes_the_one_before(spotify: Started) -> None:
    here = await spotify(Settings(refresh=Refresh.ROTATE))
    first = (await here.listener())["refresh_token"]

    second = (await here.refresh(first)).json()["refresh_token"]
    again = await here.refresh(first)

    assert second != first
    assert (again.status_code, again.json()) == (400, _refusal("Refresh token revoked"))
    assert (await here.refresh(second)).status_code == 200


@pytest.mark.parametrize(("behaviour", "status"), [(Refresh.OMIT, 400), (Refresh.ROTATE, 400), (Refresh.PLAIN, 200)])
async def test_an_authorization_ends_after_six_months_except_in_the_old_days(
    spotify: Started, behaviour: Refresh, status: int
) -> None:
    here = await spotify(Settings(refresh=behaviour))
    token = (await here.listener())["refresh_token"]

    await here.control("clock", set="2027-05-21T20:59:59Z")
    before = await here.refresh(token)
    await here.control("clock", set="2027-05-21T21:00:00Z")
    after = await here.refresh(before.json().get("refresh_token", token))

    assert before.status_code == 200
    assert after.status_code == status
    if status == 400:
        assert after.json() == _refusal()


async def test_a_listener_removes_the_application_and_links_it_again(spotify: Started) -> None:
    here = await spotify()
    listener = await here.listener()

    await here.control("tokens", listener=listener["id"], revoke=True)

    assert (await here.refresh(listener["refresh_token"])).json() == _refusal("Refresh token revoked")
    assert (await here.refresh((await here.listener())["refresh_token"])).status_code == 200
    assert (await here.refresh((await here.listener(1))["refresh_token"])).status_code == 200


async def test_one_refresh_token_can_be_revoked_alone(spotify: Started) -> None:
    here = await spotify()
    token = (await here.listener())["refresh_token"]

    await here.control("tokens", revoke_token=token)

    assert (await here.refresh(token)).json() == _refusal("Refresh token revoked")


async def test_access_tokens_can_be_expired_at_once(spotify: Started) -> None:
    here = await spotify()
    bearer, other = await here.bearer(), await here.bearer(1)

    await here.control("tokens", expire_access=True, listener=(await here.listener())["id"])

    refused = await here.http.get("/v1/me", headers=bearer)
    assert refused.status_code == 401
    assert refused.json()["error"]["message"] == "The access token expired"
    assert (await here.http.get("/v1/me", headers=other)).status_code == 200
    assert (await here.http.get("/v1/me", headers=await here.bearer())).status_code == 200


async def test_an_access_token_lives_an_hour_of_the_time_that_was_chosen(spotify: Started) -> None:
    simulated = await spotify(Settings(access_lifetime=Lifetime.SIMULATED))
    real = await spotify(Settings(access_lifetime=Lifetime.REAL))
    statuses = []

    for here in (simulated, real):
        bearer = await here.bearer()
        await here.control("clock", advance_seconds=3600)
        statuses.append((await here.http.get("/v1/me", headers=bearer)).status_code)

    assert statuses == [401, 200]


async def test_a_login_outlives_a_restart_of_the_simulator(spotify: Started) -> None:
    before, after = await spotify(), await spotify()

    token = (await _exchanged(before, (await _answered(before))["code"][0])).json()["refresh_token"]

    assert (await after.refresh(token)).status_code == 200
