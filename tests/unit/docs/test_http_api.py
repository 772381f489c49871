"""The document of the HTTP API names the endpoints that there are, and no others."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from spindle.gateway.api import api
from spindle.gateway.api.telling import describe

TEXT = (Path(__file__).parents[3] / "docs" / "http-api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    app = FastAPI()
    app.include_router(api())
    describe(app)
    found: dict[str, Any] = app.openapi()["paths"]
    return found


def test_every_endpoint_stands_in_the_table(paths: dict[str, Any]) -> None:
    described = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    told = re.findall(r"^\| `((?:GET|POST|PUT|DELETE) /api/\S+)` \|", TEXT, re.MULTILINE)

    assert sorted(told) == sorted(described)


def test_what_can_be_asked_there_is_what_is_said(paths: dict[str, Any]) -> None:
    for path, told in re.findall(r"^\| `GET (/api/\S+)` \|(.*)\|$", TEXT, re.MULTILINE):
        asked = [each["name"] for each in paths[path]["get"].get("parameters", ()) if each["in"] == "query"]

        assert sorted(re.findall(r"\?(\w+)=", told)) == sorted({*asked} - {"after", "limit"})


def test_every_answer_that_there_may_be_is_in_one_of_the_two_tables(paths: dict[str, Any]) -> None:
    answers = {int(status) for methods in paths.values() for each in methods.values() for status in each["responses"]}
    told = {int(status) for status in re.findall(r"^\| (\d{3}) \|", TEXT, re.MULTILINE)}

    assert told == {status for status in answers if status >= 400}


def test_every_endpoint_says_what_it_does_and_every_parameter_what_it_means(paths: dict[str, Any]) -> None:
    for path, methods in paths.items():
        for each in methods.values():
            assert each["description"], path
            assert all(parameter.get("description") for parameter in each.get("parameters", ())), path
