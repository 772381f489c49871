"""Settings that are in force, as people may see them: what each means, and whether somebody has said it. No secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python
from pydantic_settings import BaseSettings

SET, NOT_SET = "set", "not set"


@dataclass(frozen=True)
class Setting:
    name: str
    meaning: str
    value: str
    is_default: bool


def in_force(settings: BaseSettings) -> Mapping[type[BaseSettings], Sequence[Setting]]:
    """By the class that declares them: those that everybody needs stand first."""
    kinds = [kind for kind in reversed(type(settings).__mro__) if issubclass(kind, BaseSettings)]
    found: dict[type[BaseSettings], list[Setting]] = {}
    for name, field in type(settings).model_fields.items():
        declared = next(kind for kind in kinds if name in kind.model_fields)
        found.setdefault(declared, []).append(_setting(name, field, getattr(settings, name)))
    return {kind: found[kind] for kind in kinds if kind in found}


def _setting(name: str, field: FieldInfo, value: object) -> Setting:
    meaning = " ".join((field.description or "").split())
    is_default = value == field.get_default(call_default_factory=True)
    return Setting(f"SPINDLE_{name.upper()}", meaning, told(value), is_default)


def told(value: object) -> str:
    """Of a secret only whether there is one, wherever it stands."""
    match value:
        case SecretStr():
            return SET if value.get_secret_value() else NOT_SET
        case None | "":
            return NOT_SET
        case str() if "://" in value:
            return _address(value)
        case _:
            told = to_jsonable_python(value)
            return told if isinstance(told, str) else str(told).lower()


def _address(url: str) -> str:
    """Only what stands behind every password: a comma or a slash may have been part of one."""
    scheme, opened, place = url.partition("://")[0], "@" in url, url.rpartition("@")[2]
    bare = place.partition("?")[0]
    return f"{scheme}://{bare}, with a password that is set" if opened else bare
