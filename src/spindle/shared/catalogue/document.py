"""The catalogue for programs: an AsyncAPI 3.0 document."""

from string import Formatter

from pydantic import JsonValue
from pydantic.json_schema import models_json_schema

from spindle.shared.catalogue.parties import (
    ANSWERS,
    consumers,
    durables,
    every_message,
    first_line,
    publishers,
    stream,
)
from spindle.shared.messages import Message, Value
from spindle.shared.messages.ask import Refused

Document = dict[str, JsonValue]

_PARAMETERS = {
    "consumer": "The durable consumer that gave the message up.",
    "login": "A login's id, 32 hexadecimal digits.",
    "family": "What Spotify counts together: `history`, `library`, `profile`, or `tokens` at the accounts service.",
    "user": "A listener's id, a UUIDv7.",
}


def asyncapi() -> Document:
    """Channels are subjects without their fields; an operation is a service that publishes or consumes there."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Spindle",
            "version": "1",
            "description": (
                "What Spindle's services say to each other over NATS. "
                "Fields are only ever added, with a default; those that you do not know are to be ignored."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {**_channels(), **_replies()},
        "operations": {**_operations("send"), **_operations("receive")},
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _by_channel() -> dict[str, list[type[Message]]]:
    found: dict[str, list[type[Message]]] = {}
    for each in every_message():
        found.setdefault(_name(each), []).append(each)
    return found


def _name(message: type[Message]) -> str:
    return ".".join(word for word in message.subject.split(".") if not word.startswith("{"))


def _channels() -> Document:
    return {name: _channel(here) for name, here in _by_channel().items()}


def _channel(here: list[type[Message]]) -> Document:
    subject = here[0].subject
    fields = [field for _, field, _, _ in Formatter().parse(subject) if field]
    return {
        "address": subject,
        "description": _kept(here[0]),
        **({"parameters": {each: {"description": _PARAMETERS[each]} for each in fields}} if fields else {}),
        "messages": _named(*here),
    }


def _kept(message: type[Message]) -> str:
    found = stream(message.subject)
    if found is None:
        return "Request and reply; kept nowhere." if message in ANSWERS else "Kept nowhere; for whoever listens."
    readers = ", ".join(f"`{each}`" for each in durables(message.subject))
    return f"Stream `{found.name}`: {found.description}." + (f" Durable consumer: {readers}." if readers else "")


def _replies() -> Document:
    """The address of a reply is the inbox that came with the question."""
    return {
        f"{_name(question)}.reply": {
            "address": None,
            "description": f"The inbox that came with the question on `{question.subject}`.",
            "messages": _named(answer, Refused),
        }
        for question, answer in ANSWERS.items()
    }


def _operations(action: str) -> Document:
    taking_part = publishers if action == "send" else consumers
    found: Document = {}
    for channel, here in _by_channel().items():
        for service in sorted({each for message in here for each in taking_part(message)}):
            mine = [each for each in here if service in taking_part(each)]
            found[f"{service}.{action}.{channel}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{channel}"},
                "messages": _listed(channel, *mine),
                "tags": [{"name": service}],
                **({"reply": _reply(channel, mine[0])} if mine[0] in ANSWERS else {}),
            }
    return found


def _reply(channel: str, question: type[Message]) -> JsonValue:
    reply = f"{channel}.reply"
    return {"channel": {"$ref": f"#/channels/{reply}"}, "messages": _listed(reply, ANSWERS[question], Refused)}


def _messages() -> Document:
    return dict(sorted((each.__name__, _message(each)) for each in _bodies()))


def _bodies() -> tuple[type[Value], ...]:
    """All that is published whole."""
    return (*every_message(), *ANSWERS.values(), Refused)


def _message(kind: type[Value]) -> Document:
    found: Document = {
        "name": kind.__name__,
        "summary": first_line(kind),
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
    }
    if issubclass(kind, Message) and kind.identity is not Message.identity:
        once: JsonValue = {"type": "string", "description": "Two messages with the same one are the same message."}
        found["headers"] = {"type": "object", "properties": {"Nats-Msg-Id": once}}
    return found


def _schemas() -> Document:
    """As a reader has to see them: what has a default may be missing."""
    _, found = models_json_schema(
        [(each, "validation") for each in _bodies()], ref_template="#/components/schemas/{model}"
    )
    schemas: Document = found["$defs"]
    return dict(sorted(schemas.items()))


def _named(*kinds: type[Value]) -> Document:
    return {each.__name__: {"$ref": f"#/components/messages/{each.__name__}"} for each in kinds}


def _listed(channel: str, *kinds: type[Value]) -> list[JsonValue]:
    return [{"$ref": f"#/channels/{channel}/messages/{each.__name__}"} for each in kinds]
