"""Whether Spotify knows our client is asked without any listener's token."""

import httpx
import pytest
from pydantic import SecretStr

from spindle.shared.spotify.accounts import Accounts
from spindle.shared.spotify.errors import RateLimited, Unavailable, Unreachable
from spindle.simulator import Settings, build


def accounts(transport: httpx.AsyncBaseTransport, client_id: str, secret: str | None) -> Accounts:
    http = httpx.AsyncClient(transport=transport)
    return Accounts(http, "http://accounts", client_id, SecretStr(secret) if secret else None)


@pytest.mark.parametrize(
    ("client_id", "secret", "known"),
    [
        ("mine", None, True),  # as PKCE speaks
        ("mine", "right", True),
        ("mine", "wrong", False),
        ("yours", None, False),
        ("yours", "right", False),
    ],
)
async def test_a_wrong_client_is_told_from_a_right_one(client_id: str, secret: str | None, known: bool) -> None:
    spotify = httpx.ASGITransport(build(Settings(client_id="mine", client_secret="right")))

    assert await accounts(spotify, client_id, secret).knows_us() is known


@pytest.mark.parametrize(
    ("status", "error"), [(429, RateLimited), (503, Unavailable)], ids=["rate limited", "unavailable"]
)
async def test_an_answer_that_does_not_tell_is_no_verdict(status: int, error: type[Exception]) -> None:
    spotify = httpx.MockTransport(lambda _: httpx.Response(status))

    with pytest.raises(error):
        await accounts(spotify, "mine", "right").knows_us()


async def test_no_answer_is_no_verdict() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unreachable):
        await accounts(httpx.MockTransport(refuse), "mine", None).knows_us()
