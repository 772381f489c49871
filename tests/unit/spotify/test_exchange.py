"""The code of a login is exchanged for a grant, and each way in which it can fail is told apart."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from spindle.shared.spotify.accounts import Accounts
from spindle.shared.spotify.authorize import SCOPES, authorize_url
from spindle.shared.spotify.errors import (
    BadClient,
    CodeRefusal,
    CodeRefused,
    Malformed,
    RateLimited,
    Unavailable,
    Unreachable,
)
from spindle.simulator import Settings, build

BACK = "http://127.0.0.1:8765/callback"
VERIFIER = SecretStr("v" * 64)
ACCOUNTS = "http://accounts"


class Dance:
    """A person at the simulator's login page, and a program that waits for the code."""

    def __init__(self, secret: str | None = None) -> None:
        spotify = build(Settings(client_id="mine", client_secret="right"))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(spotify))
        self.accounts = Accounts(self.http, ACCOUNTS, "mine", SecretStr(secret) if secret else None)

    async def answer(self, button: str = "allow") -> dict[str, str]:
        """What comes back to us."""
        asked = authorize_url(f"{ACCOUNTS}/", "mine", BACK, "our state", VERIFIER)
        page = await self.http.get(asked, follow_redirects=True)
        listener = (await self.http.get(f"{ACCOUNTS}/control/listeners")).json()[0]["id"]
        back = await self.http.post(page.url, data={"listener": listener, "answer": button})
        assert back.headers["location"].startswith(f"{BACK}?"), back.text
        return {name: value[0] for name, value in parse_qs(urlsplit(back.headers["location"]).query).items()}

    async def code(self) -> SecretStr:
        return SecretStr((await self.answer())["code"])


@pytest.mark.parametrize("secret", [None, "right"], ids=["pkce alone", "with a secret"])
async def test_who_agrees_grants_what_was_asked_for(secret: str | None) -> None:
    dance = Dance(secret)

    consent = await dance.accounts.exchange(await dance.code(), VERIFIER, BACK)

    assert consent.grant.scope == " ".join(scope.name for scope in SCOPES)
    assert (await dance.accounts.refresh(consent.refresh_token)).access_token


async def test_who_denies_sends_our_state_back() -> None:
    assert await Dance().answer("deny") == {"error": "access_denied", "state": "our state"}


async def test_a_code_is_refused_for_what_is_wrong_with_it() -> None:
    dance = Dance()
    used, late = await dance.code(), await dance.code()
    await dance.accounts.exchange(used, VERIFIER, BACK)
    found = {}

    for name, code, verifier, back in (
        ("used", used, VERIFIER, BACK),
        ("invented", SecretStr("AQx"), VERIFIER, BACK),
        ("verifier", await dance.code(), SecretStr("w" * 64), BACK),
        ("redirect", await dance.code(), VERIFIER, f"{BACK}/"),
        ("late", late, VERIFIER, BACK),
    ):
        if name == "late":
            await dance.http.post(f"{ACCOUNTS}/control/clock", json={"advance_seconds": 601})
        with pytest.raises(CodeRefused) as refused:
            await dance.accounts.exchange(code, verifier, back)
        found[name] = refused.value.kind

    assert found == {
        "used": CodeRefusal.SPENT,
        "invented": CodeRefusal.SPENT,
        "verifier": CodeRefusal.VERIFIER,
        "redirect": CodeRefusal.REDIRECT,
        "late": CodeRefusal.SPENT,
    }


async def test_a_wrong_client_secret_accuses_us_and_not_the_code() -> None:
    dance = Dance("wrong")

    with pytest.raises(BadClient):
        await dance.accounts.exchange(await dance.code(), VERIFIER, BACK)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(429, headers={"retry-after": "7"}), RateLimited),
        (httpx.Response(503), Unavailable),
        (httpx.Response(200, json={"access_token": "a" * 40}), Malformed),
        (httpx.ConnectError("refused"), Unreachable),
    ],
    ids=["rate limited", "unavailable", "no refresh token", "unreachable"],
)
async def test_other_answers_are_what_they_are_of_a_refresh(
    answer: httpx.Response | httpx.ConnectError, error: type[Exception]
) -> None:
    def answered(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    accounts = Accounts(httpx.AsyncClient(transport=httpx.MockTransport(answered)), ACCOUNTS, "mine")

    with pytest.raises(error) as raised:
        await accounts.exchange(SecretStr("the code"), VERIFIER, BACK)

    assert "the code" not in str(raised.value)
