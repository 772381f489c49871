"""docs/following.md: the subjects, streams and bodies of its `nats` commands are ours, and so is what it shows."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from spindle.people.events import KINDS
from spindle.shared.bus.topology import CONSUMERS, STREAMS
from spindle.shared.catalogue.parties import every_message
from spindle.shared.messages import Message
from spindle.shared.messages.ask import Refused
from spindle.shared.messages.dead import Dead

USER = "01a1fcb5-8433-7577-b597-a41fecd2dbf2"
IMPORT = f"archive.{USER}.01a1fcb585207240a0ebae559740fb4b"
JOB = f"initial.{USER}.01a1fcb5856a7f3c97c09b02ad7cd154"
TEXT = (Path(__file__).parents[3] / "docs" / "following.md").read_text(encoding="utf-8")
MESSAGES = {message.subject: message for message in every_message()}
SUBJECTS = {str(stream.name): stream.subjects or [] for stream in STREAMS}


def blocks(language: str) -> Iterator[str]:
    for block in re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()


COMMANDS = [
    shlex.split(found.replace("$ME", USER).replace("$IMPORT", IMPORT).replace("$JOB", JOB))
    for line in blocks("sh")
    for found in re.findall(r"nats (.*?)(?: \| .*)?$", line)
    if line.startswith(("nats ", "ME="))
]


def covers(pattern: str, subject: str) -> bool:
    """Whether a subscription to the one would get messages of the other; `{user}` may be anything."""
    wanted, there = pattern.split("."), re.sub(r"\{\w+\}", "*", subject).split(".")
    for number, token in enumerate(wanted):
        if token == ">":
            return len(there) > number
        if number >= len(there) or ("*" not in (token, there[number]) and token != there[number]):
            return False
    return len(wanted) == len(there)


def trouble(words: list[str]) -> str | None:
    match words:
        case ["sub", *rest]:
            return of_subject(next(word for word in rest if word[0] != "-"), MESSAGES)
        case ["req", "--raw", subject, body]:
            return of_message(subject, body)
        case ["stream", _, stream, *rest] | ["consumer", _, stream, *rest]:
            if stream not in SUBJECTS:
                return f"no stream {stream}"
            told = [word for word in rest if "." in word]
            return next(filter(None, (of_subject(word, SUBJECTS[stream]) for word in told)), None)
        case _:
            return "not looked at"


def of_subject(pattern: str, known: dict[str, type[Message]] | list[str]) -> str | None:
    return None if any(covers(pattern, each) or covers(each, pattern) for each in known) else f"nobody uses {pattern}"


def of_message(subject: str, body: str) -> str | None:
    kind = MESSAGES.get(subject)
    if kind is None:
        return f"no message on {subject}"
    try:
        kind.decoded(body.encode())
    except ValidationError as error:
        return str(error)
    return f"unknown: {odd}" if (odd := set(json.loads(body)) - set(kind.model_fields)) else None


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_is_about_what_there_is(words: list[str]) -> None:
    assert trouble(words) is None


def test_there_are_commands_of_every_kind() -> None:
    assert {words[0] for words in COMMANDS} == {"sub", "req", "stream", "consumer"}
    assert {words[2] for words in COMMANDS if words[0] == "req"} >= {
        subject for subject in MESSAGES if subject.startswith(("ask.", "control."))
    }


@pytest.mark.parametrize(
    "words",
    [
        ["sub", "plays.dance.*"],
        ["req", "--raw", "control.pause", '{"name": "Nadia"}'],
        ["req", "--raw", "control.pause", '{"user": "Nadia", "when": "now"}'],
        ["req", "--raw", "ask.weather", "{}"],
        ["stream", "view", "letters"],
        ["stream", "get", "dead", "--last-for", "sync.poll.x.step"],
    ],
)
def test_a_command_about_what_there_is_not_is_noticed(words: list[str]) -> None:
    assert trouble(words)


@pytest.mark.parametrize("shown", list(blocks("json")), ids=lambda shown: shown[:40])
def test_a_message_that_is_shown_is_one_of_ours(shown: str) -> None:
    told = json.loads(shown)
    kind = KINDS[told["event"]] if "event" in told else Refused if "error" in told else Dead

    assert set(told) == set(kind.model_fields)
    kind.model_validate_json(shown)


def test_the_consumers_it_names_are_there() -> None:
    named = {str(consumer.durable_name) for consumers in CONSUMERS.values() for consumer in consumers}

    assert {"recorder-facts", "scheduler-events"} <= named
