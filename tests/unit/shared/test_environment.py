"""Secrets that stand in files, and passwords apart from their addresses."""

from pathlib import Path

import pytest

from spindle.shared.environment import BadEnvironment, complete


def test_a_variable_that_names_a_file_stands_for_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("0123\n")
    environment = {"SPINDLE_SPOTIFY_CLIENT_SECRET_FILE": str(tmp_path / "key"), "PROFILE_FILE": "/not/ours"}

    complete(environment)

    assert environment == {"SPINDLE_SPOTIFY_CLIENT_SECRET": "0123", "PROFILE_FILE": "/not/ours"}


def test_the_file_of_the_keys_stays_one_for_it_may_change_while_it_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("0123\n")
    environment = {"SPINDLE_SECRET_KEY_FILE": str(tmp_path / "key")}

    complete(environment)
    complete(environment)

    assert environment == {"SPINDLE_SECRET_KEY_FILE": str(tmp_path / "key")}


@pytest.mark.parametrize("file", ["", "/dev/null"])
def test_no_file_and_an_empty_file_leave_the_variable_open(file: str) -> None:
    environment = {"SPINDLE_SPOTIFY_CLIENT_SECRET_FILE": file}

    complete(environment)

    assert environment == {}


@pytest.mark.parametrize(
    ("server", "url", "password", "completed"),
    [
        ("NATS", "nats://spindle@nats:4222", "a-b_c.d~1", "nats://spindle:a-b_c.d~1@nats:4222"),
        ("NATS", "nats://s@one:4222,nats://s@two:4222", "p", "nats://s:p@one:4222,nats://s:p@two:4222"),
        ("DATABASE", "postgresql://s@db/spindle?ssl=disable", "p", "postgresql://s:p@db/spindle?ssl=disable"),
        ("DATABASE", "postgresql://s@db/spindle", r"p@ss:w/rd \1", "postgresql://s:p%40ss%3Aw%2Frd%20%5C1@db/spindle"),
        ("DATABASE", "postgresql://s@one,two/spindle", "p", "postgresql://s:p@one,two/spindle"),
    ],
)
def test_a_password_is_put_into_its_address(server: str, url: str, password: str, completed: str) -> None:
    environment = {f"SPINDLE_{server}_URL": url, f"SPINDLE_{server}_PASSWORD": password}

    complete(environment)

    assert environment == {f"SPINDLE_{server}_URL": completed}


def test_completing_again_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p")
    environment = {
        "SPINDLE_DATABASE_URL": "postgresql://s@db/spindle",
        "SPINDLE_DATABASE_PASSWORD_FILE": str(tmp_path / "password"),
    }
    complete(environment)

    complete(environment)

    assert environment == {"SPINDLE_DATABASE_URL": "postgresql://s:p@db/spindle"}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"SPINDLE_SECRET_KEY_FILE": "/not/there"}, "SPINDLE_SECRET_KEY_FILE: /not/there: No such file or directory"),
        (
            {"SPINDLE_SECRET_KEY": "hush", "SPINDLE_SECRET_KEY_FILE": "/dev/null"},
            "SPINDLE_SECRET_KEY and SPINDLE_SECRET_KEY_FILE are both set: keep one of them",
        ),
        (
            {"SPINDLE_NATS_URL": "nats://s@n", "SPINDLE_NATS_PASSWORD": "hush@home"},
            "SPINDLE_NATS_PASSWORD: only letters, digits and - . _ ~ can stand in an address",
        ),
        *(
            (
                {"SPINDLE_DATABASE_URL": url, "SPINDLE_DATABASE_PASSWORD": "hush"},
                "SPINDLE_DATABASE_PASSWORD needs SPINDLE_DATABASE_URL with a user and no password: …//user@host…",
            )
            for url in ("", "postgresql://db/spindle", "postgresql://s:other@db/spindle")
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line_without_the_secret(told: dict[str, str], line: str) -> None:
    with pytest.raises(BadEnvironment) as refused:
        complete(told)

    assert str(refused.value) == line
    assert "hush" not in line
