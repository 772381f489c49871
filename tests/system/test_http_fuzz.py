"""Every endpoint of the HTTP API, asked what its own description allows and what it forbids."""

import asyncio
import json
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
import schemathesis
from door import BEARER, api_of
from exported import row
from hypothesis import HealthCheck, given, settings
from imported import imported
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CHECKS
from stack import Stacked
from test_http_api import letter

from spindle.shared.bus.publish import publish
from spindle.shared.ids import Kind
from spindle.simulator import Settings, build

pytestmark = pytest.mark.usefixtures("own_users")  # whatever it asks of NATS it must be allowed to

_EXAMPLES = 2
_ENDLESS = "/api/events"
_UNSAID = {
    "POST /api/users/{user}/imports": "what is an export",
    "PUT /api/users/{user}/choices": "what is a time zone",
    "DELETE /api/users/{user}": "what somebody is called",
    "GET /api/users/{user}/listening": "which of two days comes first",
    "GET /api/users/{user}/tops": "which of two days comes first",
    "GET /api/users/{user}/repeats": "which of two days comes first",
}
"""What a description cannot say, so that what it allows is refused at times."""


async def test_every_endpoint_does_what_its_description_says(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, history_days=2))) as stack:
        await stack.start()
        (user,) = await stack.everybody()
        (first,) = await stack.finished(user, Kind.INITIAL)
        files = {"endsong_0.json": json.dumps([row(0), row(1, ts="never")]).encode()}
        brought = await imported(stack, user, files)
        await publish(stack.js, letter(0))
        async with api_of(stack) as api:
            known = {"user": user, "job": first.job, "import": brought.job, "letter": 1}
            await asyncio.to_thread(ask_everything, str(api.http.base_url), known)

        assert (await stack.listener(user)) is not None


def ask_everything(address: str, known: Mapping[str, str | int]) -> None:
    """Of things that are there, and of others."""
    description = schemathesis.openapi.from_url(f"{address}/api/openapi.json", headers=BEARER)
    for found in description.exclude(path=_ENDLESS).get_all_operations():
        operation = found.ok()
        for mode, there in product(GenerationMode, (known, {})):
            ask(operation, mode, there)


def ask(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, known: Mapping[str, str | int]) -> None:
    named = {each.name: known[each.name] for each in operation.path_parameters if each.name in known}
    excluded = [CHECKS.get_one("positive_data_acceptance")] if operation.label.removesuffix(".csv") in _UNSAID else []

    @settings(
        max_examples=_EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(operation.as_strategy(mode, path_parameters=named or None))
    def answers(case: Case[Any]) -> None:
        case.call_and_validate(headers=BEARER, excluded_checks=excluded)

    answers()
