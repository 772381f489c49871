"""Sessions that nobody stores."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from spindle.gateway.guard.sessions import LASTING, is_session, is_token, session
from spindle.gateway.places import ours
from spindle.gateway.settings import Settings
from spindle.shared.ids import now

TOKEN = SecretStr("0123456789abcdef")


def test_a_session_lasts_as_long_as_it_says_and_as_its_token() -> None:
    at = now()
    kept = session(TOKEN, at)

    assert is_session(kept, TOKEN, at)
    assert is_session(kept, TOKEN, at + LASTING - timedelta(seconds=2))
    assert not is_session(kept, TOKEN, at + LASTING)
    assert not is_session(kept, SecretStr("fedcba9876543210"), at)


@given(st.text())
def test_nothing_made_up_is_a_session_or_the_token(text: str) -> None:
    assert not is_session(text, TOKEN, now())
    assert is_token(text, TOKEN) == (text == TOKEN.get_secret_value())


def test_a_session_cannot_be_made_to_last_longer() -> None:
    at = now()
    until, _, proof = session(TOKEN, at).partition(".")

    assert not is_session(f"{int(until) + 1}.{proof}", TOKEN, at)


@pytest.mark.parametrize("place", ["//evil.example", "/\\evil.example", "https://evil.example", "", "x", "/\r\nx: y"])
def test_nobody_is_sent_elsewhere(place: str) -> None:
    assert ours(place) == "/"


@pytest.mark.parametrize("token", ["short", "with spaces in the middle", "käsekuchenkäsekuchen"])
def test_a_token_that_is_none_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(access_token=SecretStr(token))

    assert token not in str(refused.value)


@pytest.mark.parametrize("url", ["spindle.example", "ftp://spindle.example", "https://", "https://spindle.example/x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="an address is"):
        Settings(public_url=url)


def test_behind_a_proxy_it_goes_by_the_name_of_the_proxy() -> None:
    settings = Settings(public_url="https://spindle.example/", host="0.0.0.0")

    assert settings.callback == "https://spindle.example/callback"
    assert "spindle.example" in settings.hosts
    assert settings.is_encrypted
