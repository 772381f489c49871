"""The catalogue of messages is what the code says, and what is checked in is the catalogue."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue

from spindle.shared.bus.topology import CONSUMERS, STREAMS
from spindle.shared.catalogue import asyncapi, files, markdown, write
from spindle.shared.catalogue.parties import (
    ONLY,
    PARTIES,
    RENEW,
    consumers,
    covers,
    durables,
    every_message,
    parties,
    publishers,
    stream,
)
from spindle.shared.messages import Message

DOCS = Path(__file__).parents[3] / "docs"

every_one = pytest.mark.parametrize("message", every_message(), ids=lambda it: it.__name__)


@pytest.mark.parametrize("name", files())
def test_what_is_checked_in_is_current(name: str) -> None:
    file = DOCS / name
    current = file.exists() and file.read_text(encoding="utf-8") == files()[name]
    assert current, f"docs/{name} is not what the code says; renew it with: {RENEW}"


def test_writing_makes_both_files(tmp_path: Path) -> None:
    write(tmp_path)

    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == files()


def test_the_document_has_the_shape_of_asyncapi_3() -> None:
    document = asyncapi()

    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(_mapping(document["info"]))
    assert {"channels", "operations", "components"} <= set(document)
    for channel in _mapping(document["channels"]).values():
        assert {"address", "messages"} <= set(_mapping(channel))
    for operation in _mapping(document["operations"]).values():
        assert _mapping(operation)["action"] in {"send", "receive"}
        assert {"channel", "messages"} <= set(_mapping(operation))
    for message in _mapping(_mapping(document["components"])["messages"]).values():
        assert {"name", "summary", "payload"} <= set(_mapping(message))


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi()
    references = set(_references(document))

    assert references
    for reference in references:
        place: JsonValue = document
        for word in reference.removeprefix("#/").split("/"):
            place = _mapping(place)[word]


def test_an_operation_names_only_messages_of_its_own_channel() -> None:
    for name, operation in _mapping(asyncapi()["operations"]).items():
        channel = next(_references(_mapping(operation)["channel"]))
        messages = list(_references(_mapping(operation)["messages"]))

        assert messages, name
        assert all(each.startswith(f"{channel}/messages/") for each in messages), name


def test_the_fields_of_an_address_are_its_parameters() -> None:
    for channel in map(_mapping, _mapping(asyncapi()["channels"]).values()):
        address = channel["address"]
        assert address is None or isinstance(address, str)
        named = {word[1:-1] for word in (address or "").split(".") if word.startswith("{")}

        assert set(_mapping(channel.get("parameters", {}))) == named


@every_one
def test_every_message_is_in_both_files(message: type[Message]) -> None:
    document = asyncapi()

    assert f"`{message.subject}` | `{message.__name__}`" in markdown()
    sent = f"/messages/{message.__name__}"
    for service in publishers(message):
        assert any(each.endswith(sent) for each in _messages_of(document, service, "send"))
    for service in consumers(message):
        assert any(each.endswith(sent) for each in _messages_of(document, service, "receive"))


@every_one
def test_who_consumes_is_what_the_durables_say(message: type[Message]) -> None:
    owners = {durable.split("-")[0] for durable in durables(message.subject)}

    assert owners <= set(consumers(message))
    assert owners or stream(message.subject) is None or _name(message) in {"events", "dead"}


def test_every_durable_is_given_some_message() -> None:
    given = {durable for message in every_message() for durable in durables(message.subject)}

    assert given == {durable.durable_name for known in CONSUMERS.values() for durable in known}


def test_every_stream_keeps_some_message() -> None:
    kept = {found.name for message in every_message() if (found := stream(message.subject))}

    assert kept == {each.name for each in STREAMS}


def test_nothing_is_kept_by_two_streams() -> None:
    for message in every_message():
        assert sum(covers(wide, message.subject) for each in STREAMS for wide in each.subjects or ()) <= 1


def test_who_publishes_alone_may_publish_on_the_subject() -> None:
    for message, alone in ONLY.items():
        assert set(alone) < set(parties(message.subject).publish), message.__name__


def test_nobody_is_entered_for_subjects_that_do_not_exist() -> None:
    for beginning in PARTIES:
        assert any(f"{message.subject}.".startswith(f"{beginning}.") for message in every_message()), beginning


@pytest.mark.parametrize(
    ("wide", "subject", "expected"),
    [
        ("facts.>", "facts.plays.{user}", True),
        ("facts.>", "facts", False),
        ("facts.>", "factsheets.x", False),
        ("facts.plays.*", "facts.plays.{user}", True),
        ("facts.jobs.*", "facts.plays.{user}", False),
        ("control.*", "control.pause", True),
        ("control.*", "control.pause.{user}", False),
        ("sync.poll.*.step", "sync.poll.{user}.step", True),
        ("sync.poll.*.step", "sync.poll.{user}", False),
        ("users.linked.*", "users.linked.{user}", True),
    ],
)
def test_wildcards_are_read_as_nats_reads_them(wide: str, subject: str, expected: bool) -> None:
    assert covers(wide, subject) is expected


def _name(message: type[Message]) -> str | None:
    kept = stream(message.subject)
    return kept.name if kept else None


def _messages_of(document: dict[str, JsonValue], service: str, action: str) -> list[str]:
    operations = _mapping(document["operations"]).items()
    return [
        reference
        for name, operation in operations
        if name.startswith(f"{service}.{action}.")
        for reference in _references(_mapping(operation)["messages"])
    ]


def _mapping(thing: JsonValue) -> dict[str, JsonValue]:
    assert isinstance(thing, dict)
    return thing


def _references(thing: JsonValue) -> Iterator[str]:
    if isinstance(thing, dict):
        if isinstance(reference := thing.get("$ref"), str):
            yield reference
        for each in thing.values():
            yield from _references(each)
    elif isinstance(thing, list):
        for each in thing:
            yield from _references(each)
