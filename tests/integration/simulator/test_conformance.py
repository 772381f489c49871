"""What the simulator sends is what Spotify's OpenAPI description promises, and what was recorded."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from spindle.simulator import Profile, Refresh, Settings

from .conftest import RECENT, Started

_SPOTIFY = Path(__file__).parents[3] / "../shared/spotify"
_DESCRIPTIONS = ("web-api.2025-10-03.yml", "web-api.2026-05-31.yml")
_ERRORS = _SPOTIFY / "recorded/_errors-observed.json"

pytestmark = pytest.mark.skipif(not _SPOTIFY.exists(), reason="the description of the API is not here")

_ALSO_NULL = {"next", "cursors", "context"}
"""Described as never null, but recorded as null at the end of the history and for plays without a context."""
_NOT_FOR_NEW_APPS = {"available_markets"}
"""Still required of albums, although marked as deprecated and no longer sent to new applications."""


def _converted(node: Any, profile: Profile) -> Any:
    """OpenAPI 3.0 as JSON Schema, with the described-but-untrue parts above left out."""
    if isinstance(node, list):
        return [_converted(one, profile) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _converted(value, profile) for key, value in node.items()}
    if found.pop("nullable", False) is True:
        found = {"anyOf": [found, {"type": "null"}]}
    if isinstance(found.get("properties"), dict):
        for name in _ALSO_NULL & found["properties"].keys():
            found["properties"][name] = {"anyOf": [found["properties"][name], {"type": "null"}]}
    if profile is Profile.NEW_DEV and isinstance(found.get("required"), list):
        found["required"] = [name for name in found["required"] if name not in _NOT_FOR_NEW_APPS]
    return found


@cache
def _validator(file: str, schema: str, profile: Profile) -> Draft202012Validator:
    described = yaml.safe_load((_SPOTIFY / "openapi" / file).read_text())
    schemas = _converted(described["components"]["schemas"], profile)
    resource = Resource.from_contents({"components": {"schemas": schemas}}, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:spotify", resource)
    reference = {"$ref": f"urn:spotify#/components/schemas/{schema}"}
    return Draft202012Validator(reference, registry=registry, format_checker=FormatChecker())


def _undescribed(node: Any, known: set[str], path: str = "") -> list[str]:
    """Keys that the description has never heard of."""
    if isinstance(node, list):
        return [found for one in node for found in _undescribed(one, known, path)]
    if not isinstance(node, dict):
        return []
    own = [f"{path}.{key}" for key in node if key not in known]
    return own + [found for key, value in node.items() for found in _undescribed(value, known, f"{path}.{key}")]


@cache
def _names(file: str) -> set[str]:
    found = set[str]()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.update(node.get("properties", {}) if isinstance(node.get("properties"), dict) else {})
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(yaml.safe_load((_SPOTIFY / "openapi" / file).read_text())["components"]["schemas"])
    return found


@pytest.mark.parametrize("file", _DESCRIPTIONS)
@pytest.mark.parametrize("profile", list(Profile))
async def test_responses_are_as_described(spotify: Started, file: str, profile: Profile) -> None:
    here = await spotify(Settings(profile=profile))
    bearer = await here.bearer()

    me = (await here.http.get("/v1/me", headers=bearer)).json()
    pages = [await here.recent(bearer, limit=50), await here.recent(bearer, before=1)]

    _validator(file, "PrivateUserObject", profile).validate(me)
    for page in pages:
        _validator(file, "CursorPagingPlayHistoryObject", profile).validate(page)
        assert _undescribed(page, _names(file)) == []
    assert set(_undescribed(me, _names(file))) <= {".account_id"}  # not yet in the older description


async def test_the_check_sees_what_is_wrong(spotify: Started) -> None:
    here = await spotify()
    page = await here.recent(await here.bearer(), limit=1)
    validator = _validator(_DESCRIPTIONS[1], "CursorPagingPlayHistoryObject", Profile.OLD_DEV)
    track = page["items"][0]["track"]

    for broken in ({**track, "duration_ms": "long"}, {**track, "type": "song"}, {**track, "album": {}}):
        assert not validator.is_valid({**page, "items": [{**page["items"][0], "track": broken}]})
    assert not validator.is_valid({**page, "cursors": {"after": 1}})


@pytest.mark.parametrize("profile", [Profile.OLD_DEV])
async def test_tracks_have_the_seventeen_keys_of_a_recorded_one(spotify: Started, profile: Profile) -> None:
    recorded = json.loads((_SPOTIFY / "recorded/java/recently-played.json").read_text())
    here = await spotify(Settings(profile=profile))

    page = await here.recent(await here.bearer(), limit=2)

    assert page.keys() == recorded.keys()
    item, known = page["items"][0], recorded["items"][0]
    assert item.keys() == known.keys()
    assert item["track"].keys() == known["track"].keys()
    assert item["track"]["album"].keys() == known["track"]["album"].keys()
    assert item["track"]["artists"][0].keys() == known["track"]["artists"][0].keys()


_FAULTS: dict[str, dict[str, object]] = {
    "429 quota": {"kind": "quota"},
    "429 quota (documented body)": {"kind": "quota", "retry_after": None},
    "429 rate, text body": {"kind": "rate", "body": "text", "retry_after": "19056"},
    "429 rate, JSON body": {"kind": "rate", "retry_after": "3"},
    "401 expired": {"kind": "unauthorized", "variant": "expired"},
    "401 no token": {"kind": "unauthorized", "variant": "missing"},
    "401 bogus token": {"kind": "unauthorized", "variant": "invalid"},
    "403 owner not Premium": {"kind": "forbidden", "variant": "premium"},
    "403 user not allow-listed": {"kind": "forbidden", "variant": "not-registered"},
    "403 removed or foreign playlist endpoint": {"kind": "forbidden"},
    "403 scope": {"kind": "forbidden", "variant": "scope"},
}


def _observed(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in json.loads(_ERRORS.read_text()) if one["kind"] == kind)
    return found


@pytest.mark.parametrize("kind", _FAULTS)
async def test_refusals_are_the_observed_ones(spotify: Started, kind: str) -> None:
    here, observed = await spotify(), _observed(kind)
    bearer = await here.bearer()

    await here.control("faults", **_FAULTS[kind])
    answer = await here.http.get(RECENT, headers=bearer)

    assert answer.status_code == observed["status"]
    if "body_text" in observed:
        assert answer.text == observed["body_text"]
        assert not answer.headers["content-type"].startswith("application/json")
    else:
        assert answer.json() == observed["body_json"]
    for name in ("retry-after", "www-authenticate", "cache-control"):
        wanted = {key.lower(): value for key, value in observed["headers"].items()}.get(name)
        assert wanted in (None, answer.headers.get(name))


async def test_tokens_are_refused_as_observed(spotify: Started) -> None:
    here = await spotify(Settings(client_id="client", refresh=Refresh.ROTATE))
    token = (await here.listener())["refresh_token"]
    await here.refresh(token)
    rotated = (await here.refresh((await here.listener())["refresh_token"])).json()["refresh_token"]
    credentials = {"grant_type": "client_credentials"}

    answers = {
        "token: refresh token revoked": await here.refresh(token),
        "token: bad client": await here.http.post("/api/token", data=credentials, auth=("other", "secret")),
        "token: no client at all": await here.http.post("/api/token", data=credentials),
    }
    await here.control("clock", advance_seconds=185 * 86_400)
    answers["token: refresh token older than 6 months"] = await here.refresh(rotated)

    for kind, answer in answers.items():
        assert (answer.status_code, answer.json()) == (400, _observed(kind)["body_json"]), kind


async def test_real_and_bogus_tokens_are_told_apart_as_observed(spotify: Started) -> None:
    here = await spotify()

    answers = {
        "401 no token": await here.http.get("/v1/me"),
        "401 bogus token": await here.http.get("/v1/me", headers={"authorization": "Bearer bogus"}),
    }

    for kind, answer in answers.items():
        assert answer.json() == _observed(kind)["body_json"]
        assert answer.headers["www-authenticate"] == _observed(kind)["headers"]["www-authenticate"]
