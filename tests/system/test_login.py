"""Login with Spotify through a gateway: the whole dance, and everything else that can come back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from agreeing import ACCESS, Person, answered, people, words
from nats.aio.msg import Msg
from pydantic import SecretStr
from stack import Stack, Stacked
from visiting import visiting

from spindle.shared.bus.publish import publish
from spindle.shared.ids import UserId, now
from spindle.shared.messages.logins import LoginEnded
from spindle.shared.messages.users import AccountUnlinked
from spindle.shared.spotify.authorize import authorize_url
from spindle.shared.spotify.keys import new_key
from spindle.shared.spotify.login import Login, begin
from spindle.shared.spotify.seal import Sealer
from spindle.simulator import Settings, build


@asynccontextmanager
async def linked(stacked: Stacked, **told: Any) -> AsyncIterator[Stack]:
    async with stacked(build(Settings(listeners=2, history_days=1, **told))) as stack:
        await stack.start("recorder")
        yield stack


def begun(stack: Stack, **told: Any) -> Login:
    """As a terminal begins one."""
    return begin("test", "http://127.0.0.1:8765/callback", told.pop("at", now()), **told)


async def sent(stack: Stack, login: Login, who: str, button: str = "allow") -> str:
    state = login.state(Sealer(stack.key))
    return await answered(
        authorize_url(stack.spotify, login.client_id, login.redirect_uri, state, login.verifier), who, button
    )


@pytest.mark.parametrize("secret", [None, SecretStr("right")], ids=["pkce alone", "with a secret"])
async def test_accounts_are_linked_one_by_one_and_one_that_is_lost_is_linked_again(
    stacked: Stacked, secret: SecretStr | None
) -> None:
    async with linked(stacked, client_id="test", client_secret="right") as stack:
        one, other = await people(stack)
        async with visiting(stack, spotify_client_secret=secret) as person:
            page = await person.http.get("/login")
            assert "user-read-recently-played" in words(page)
            assert "cannot change anything" in words(page)

            back = await person.agree(one, name=other)
            twice = await asyncio.gather(person.http.get(back), person.http.get(back))
            done, again = sorted(twice, key=lambda page: page.status_code)
            assert (done.status_code, f"{other} is linked" in words(done)) == (200, True)
            assert (again.status_code, "Used before" in words(again)) == (410, True)

            assert f"{other} 2 is linked" in words(await person.http.get(await person.agree(other)))
            listener = await stack.listener(f"{other} 2")
            assert listener is not None
            assert listener.authorized_at is not None
            assert now() - listener.authorized_at < timedelta(minutes=1)

            person.http.cookies.set("zone", "Asia%2FKolkata")
            await publish(stack.js, AccountUnlinked(user=listener.user, unlinked_at=now(), why="revoked"))
            await stack.until(lambda: _disconnected(stack, listener.user))
            healed = await person.http.get(await person.agree(other))
            assert f"{other} 2 is linked again" in words(healed)
            assert not await _disconnected(stack, listener.user)

            person.http.cookies.set("zone", "Europe%2FBerlin")
            await person.http.get(await person.agree(other))
            assert [one.zone for one in await stack.listeners()] == [None, "Asia/Kolkata"]


async def test_whatever_else_comes_back_gets_a_page_of_its_own(stacked: Stacked) -> None:
    async with linked(stacked, client_id="test", client_secret="right") as stack, AsyncExitStack() as doors:
        one, other = await people(stack)
        told: dict[str, str] = {}
        await stack.client.subscribe("logins.ended.*", cb=_noting(told))
        person = await doors.enter_async_context(visiting(stack))
        stranger = await doors.enter_async_context(visiting(stack, signed_in=False))
        mistaken = await doors.enter_async_context(visiting(stack, spotify_client_secret=SecretStr("wrong")))
        login, taken = begun(stack), begun(stack, name=other)
        moved = login.model_copy(update={"redirect_uri": "http://127.0.0.1:1/callback"})
        found: dict[str, tuple[int, str]] = {}

        async def shown(name: str, back: str, visitor: Person = person) -> None:
            page = await visitor.http.get(back)
            found[name] = page.status_code, words(page)

        def stated(login: Login, back: str = "/callback?code=x", key: SecretStr = stack.key) -> str:
            return f"{back}&state={login.state(Sealer(key))}"

        await shown("nothing", "/callback")
        await shown("forged", stated(login, key=new_key()))
        await shown("expired", stated(begun(stack, at=now() - timedelta(minutes=11))))
        await shown("other browser", await person.agree(one), stranger)
        await shown("other client", stated(login.model_copy(update={"client_id": "yours"})))
        await shown("denied", await person.agree(one, button="deny"))
        await shown("failed", stated(login, "/callback?error=server_error"))
        await shown("other redirect", stated(moved, await sent(stack, login, one)))
        await shown("other verifier", stated(begun(stack), await sent(stack, login, one)))
        await shown("wrong secret", await mistaken.agree(one), mistaken)
        await stack.simulator("faults", kind="server", path="/api/token")
        await shown("away", await person.agree(one))
        await stack.simulator("faults", kind="forbidden", variant="not-registered", path="/v1/me")
        await shown("not registered", await person.agree(one))
        assert (await person.http.get(await person.agree(other))).status_code == 200
        found["name taken before"] = (await person.leave(other)).status_code, "is recorded here already"
        found["no name"] = (await person.leave("--help")).status_code, "not like a name"
        await shown("name taken meanwhile", await sent(stack, taken, one))
        await stack.simulator("faults", kind="rate", retry_after="60", path="/api/token")
        await shown("wait", await person.agree(one))

        assert {name: status for name, (status, _) in found.items()} == {
            "nothing": 400,
            "forged": 400,
            "expired": 410,
            "other browser": 403,
            "other client": 409,
            "denied": 403,
            "failed": 502,
            "other redirect": 502,
            "other verifier": 400,
            "wrong secret": 502,
            "away": 503,
            "not registered": 403,
            "name taken before": 409,
            "no name": 422,
            "name taken meanwhile": 409,
            "wait": 503,
        }
        assert len({text for _, text in found.values()}) == len(found) - 1  # nothing at all is a forgery, too
        assert "User Management" in found["not registered"][1]
        assert await stack.listener(one) is None
        assert "is taken" in await stack.until(lambda: _heard(told, taken))


async def test_the_page_before_says_what_keeps_people_from_leaving(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        async with visiting(stack, spotify_client_id="") as person:
            assert "SPINDLE_SPOTIFY_CLIENT_ID is empty" in words(await person.http.get("/login"))
            assert (await person.leave()).status_code == 409
        async with visiting(stack, public_url="https://spindle.example", signed_in=False) as person:
            bearer = {"authorization": f"Bearer {ACCESS}"}
            elsewhere = await person.http.get("http://127.0.0.1:8765/login", headers=bearer)
            assert "Spotify leads back to https://spindle.example/callback" in words(elsewhere)
            assert 'href="https://spindle.example/login"' in elsewhere.text
            again = await person.http.get("/login", params={"again": "Ada"}, headers=bearer)
            assert "Link Ada again" in words(again)


def _noting(told: dict[str, str]) -> Callable[[Msg], Awaitable[None]]:
    async def note(message: Msg) -> None:
        ended = LoginEnded.decoded(message.data)
        told[ended.login] = ended.why

    return note


async def _heard(told: dict[str, str], login: Login) -> str | None:
    return told.get(login.id)


async def _disconnected(stack: Stack, user: UserId) -> bool:
    listener = await stack.listener(user)
    return listener is not None and listener.disconnected_at is not None
