"""A login travels sealed, and only the one who began it can finish it."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from spindle.shared.ids import new_user
from spindle.shared.spotify.keys import new_key
from spindle.shared.spotify.login import (
    LIFETIME,
    BadLogin,
    DeniedLogin,
    ExpiredLogin,
    FailedLogin,
    ForgedLogin,
    OthersClient,
    OthersLogin,
    begin,
    check,
    code_of,
    new_secret,
    opened,
)
from spindle.shared.spotify.seal import Sealer

NOW = datetime(2026, 11, 21, 21, tzinfo=UTC)
BACK = "http://127.0.0.1:8765/callback"
SEALER = Sealer(new_key())


def test_a_login_comes_back_as_it_was_begun_and_shows_nothing_on_its_way() -> None:
    login = begin("mine", BACK, NOW, name="Ada", secret=new_secret())

    state = login.state(SEALER)

    assert opened(state, SEALER) == login
    assert len(state) < 1000
    assert "Ada" not in state
    assert login.verifier.get_secret_value() not in repr(login)


def test_a_login_can_be_finished_while_the_keys_change(tmp_path: Path) -> None:
    old, new = new_key().get_secret_value(), new_key().get_secret_value()
    (tmp_path / "secret.key").write_text(old)
    gateway = Sealer(tmp_path / "secret.key")
    state = begin("mine", BACK, NOW).state(gateway)

    (tmp_path / "secret.key").write_text(f"{new}\n{old}")

    assert opened(state, gateway).client_id == "mine"
    assert opened(begin("mine", BACK, NOW).state(gateway), Sealer(SecretStr(new))).client_id == "mine"


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "AQ",
        "%%%",
        "é",
        "a" * 100_000,
        begin("mine", BACK, NOW).state(Sealer(new_key())),
        begin("mine", BACK, NOW).state(SEALER)[:-4],
    ],
    ids=["empty", "short", "no base64", "no ascii", "endless", "other keys", "cut off"],
)
def test_what_we_have_not_sealed_is_no_login(forged: str) -> None:
    with pytest.raises(ForgedLogin):
        opened(forged, SEALER)


def test_a_listeners_tokens_do_not_pass_for_a_login() -> None:
    tokens = SEALER.seal(begin("mine", BACK, NOW).model_dump_json().encode(), new_user())

    with pytest.raises(ForgedLogin):
        opened(base64.urlsafe_b64encode(tokens).decode(), SEALER)


SECRET = SecretStr("of the browser")


@pytest.mark.parametrize(
    ("secret", "client_id", "later", "refused"),
    [
        (SECRET, "mine", timedelta(), None),
        (SECRET, "mine", LIFETIME - timedelta(seconds=1), None),
        (SECRET, "mine", LIFETIME, ExpiredLogin),
        (SECRET, "yours", timedelta(), OthersClient),
        (SecretStr("of another"), "mine", timedelta(), OthersLogin),
        (None, "mine", timedelta(), OthersLogin),
    ],
)
def test_a_browsers_login_ends_in_that_browser_in_time_and_for_its_own_client(
    secret: SecretStr | None, client_id: str, later: timedelta, refused: type[BadLogin] | None
) -> None:
    login = begin("mine", BACK, NOW, secret=SECRET)

    if refused is None:
        check(login, client_id, secret, NOW + later)
        return
    with pytest.raises(refused):
        check(login, client_id, secret, NOW + later)


def test_a_terminals_login_ends_in_any_browser() -> None:
    check(begin("mine", BACK, NOW), "mine", SECRET, NOW)


def test_what_comes_back_instead_of_a_code_is_told_apart_and_never_repeated_blindly() -> None:
    assert code_of("AQx", "").get_secret_value() == "AQx"
    with pytest.raises(DeniedLogin):
        code_of("", "access_denied")
    with pytest.raises(FailedLogin, match="server_error"):
        code_of("", "server_error")
    for code, error in (("", "<b>Your account is locked</b>"), ("", ""), ("AQx", "call 555")):
        with pytest.raises(FailedLogin, match="no reason"):
            code_of(code, error)
