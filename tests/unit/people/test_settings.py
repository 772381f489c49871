"""What people are shown of the settings in force: never a secret, wherever one may stand."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from spindle.cli.running.services import SERVICES
from spindle.people.settings import in_force, told

KINDS: list[type[BaseSettings]] = [import_module(f"spindle.{service}.settings").Settings for service in SERVICES]
PASSWORD = "p4ss/w,rd@h"


def opened(field: Any) -> object:
    """A value that nobody may read as it is; none for a field that takes no secrets."""
    if "SecretStr" in str(field.annotation):
        return SecretStr(f"postgresql://ada:{PASSWORD}@db/spindle")
    if field.annotation is str:
        return f"nats://ada:{PASSWORD}@one:4222,nats://ada:{PASSWORD}@two:4222/?key={PASSWORD}"
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_of_any_service_is_shown(kind: type[BaseSettings]) -> None:
    secrets = {name: secret for name, field in kind.model_fields.items() if (secret := opened(field))}
    settings = kind().model_copy(update=secrets)

    shown = {each.name: each for of in in_force(settings).values() for each in of}

    assert {f"SPINDLE_{name.upper()}" for name in kind.model_fields} == set(shown)
    assert not [each for each in shown.values() if "p4ss" in each.value or "w,rd" in each.value or "ada" in each.value]
    for name in secrets:
        assert "set" in shown[f"SPINDLE_{name.upper()}"].value
        assert not shown[f"SPINDLE_{name.upper()}"].is_default


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (SecretStr(""), "not set"),
        (SecretStr("x"), "set"),
        (None, "not set"),
        ("", "not set"),
        ("nats://127.0.0.1:4222", "nats://127.0.0.1:4222"),
        ("nats://token@here:4222", "nats://here:4222, with a password that is set"),
        (True, "true"),
        (90, "90"),
        (Path("/run/key"), "/run/key"),
    ],
)
def test_what_is_no_secret_is_shown_as_it_was_told(value: object, shown: str) -> None:
    assert told(value) == shown
