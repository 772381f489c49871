"""Why a message is dead: one line that helps, and never what the message held."""

import json
from typing import Annotated

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from spindle.shared.bus.delivery import reason
from spindle.shared.messages import Message
from spindle.shared.messages.control import Cancel, Pause
from spindle.shared.messages.jobs import ChainStarted
from spindle.shared.messages.plays import PlaysFetched, PollPlays

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
NO_JOB = "a job id is <kind>.<user id>.<32 hexadecimal digits>; kinds are: archive, initial, poll"
SECRET = "AQBx7-secret-token"


def why(kind: type[BaseModel], body: bytes) -> str:
    with pytest.raises(ValidationError) as refused:
        kind.model_validate_json(body)
    return reason(refused.value, body)


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"pause ada", b"{'user': 'ada'}", b'{"user": "ada"', b"\xff\xfe\x00", b'{"user": "ada"}}', b"\x00"],
    ids=repr,
)
def test_what_is_not_json_is_called_so(body: bytes) -> None:
    assert why(Pause, body) == "not JSON"


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (Pause, b"{}", "user: Field required"),
        (Pause, b'{"user": 1}', "user: Input should be a valid string"),
        (Pause, b"[]", "body: Input should be an object"),
        (Pause, b"null", "body: Input should be an object"),
        (
            Cancel,
            b'{"job": "x"}',
            "job: Value error, a job id is <kind>.<user id>.<32 hexadecimal digits>; kinds are: archive, initial, poll",
        ),
        (PollPlays, b'{"user": "ada"}', "user: Value error, a user id is a lower-case UUID"),
        (PlaysFetched, b'{"source": "radio"}', "user: Field required"),
        (PlaysFetched, b'{"plays": [{"played_at": "x"}]}', "user: Field required"),
    ],
    ids=repr,
)
def test_a_body_of_another_model_is_told_by_its_first_wrong_field(
    kind: type[Message], body: bytes, expected: str
) -> None:
    assert why(kind, body) == expected


def test_a_wrong_field_deep_inside_is_told_with_its_place() -> None:
    plays: TypeAdapter[dict[str, list[PollPlays]]] = TypeAdapter(dict[str, list[PollPlays]])
    body = json.dumps({"polls": [{"user": USER, "job": "x", "started_at": "2026-11-20T10:00:00Z"}]}).encode()

    with pytest.raises(ValidationError) as refused:
        plays.validate_json(body)

    assert reason(refused.value, body).startswith("polls.0.job: ")


@pytest.mark.parametrize("kind", [Pause, Cancel, PollPlays, PlaysFetched], ids=lambda kind: kind.__name__)
@given(extra=st.dictionaries(st.text(), st.text()))
def test_the_reason_is_one_line_without_what_the_body_held(kind: type[Message], extra: dict[str, str]) -> None:
    names = [*kind.model_fields]
    body = json.dumps(extra | dict.fromkeys(names, SECRET) | {"user": {"name": SECRET}}).encode()

    said = why(kind, body)

    assert SECRET not in said
    assert len(said.splitlines()) == 1


@given(body=st.binary())
def test_whatever_the_bytes_the_reason_is_short(body: bytes) -> None:
    try:
        PollPlays.decoded(body)
    except ValidationError as error:
        said = reason(error, body)
    else:
        assume(False)

    assert 0 < len(said) < 200


def test_an_error_of_another_kind_does_not_repeat_what_it_says() -> None:
    assert reason(KeyError("a secret"), b"{}") == "not a message of this kind"


def test_json_that_is_nested_too_deep_is_none() -> None:
    assert reason(KeyError(), b"[" * 100_000) == "not JSON"


def test_an_unknown_kind_of_fact_is_not_repeated() -> None:
    body = b'{"fact": "a secret"}'
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Annotated[PlaysFetched | ChainStarted, Field(discriminator="fact")]).validate_json(body)

    assert reason(caught.value, body) == "body: of no known kind"
