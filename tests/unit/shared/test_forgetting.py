"""The stream of events without a listener: whatever names one is found again when they are removed."""

import re

import pytest

from spindle.shared.bus.forgetting import NAMING
from spindle.shared.bus.topology import STREAMS
from spindle.shared.catalogue.parties import every_message
from spindle.shared.messages.users import UserRemoved

EVENTS = next(stream.subjects or [] for stream in STREAMS if stream.name == "events")
OF_LISTENERS = sorted(
    message.subject
    for message in every_message()
    if "{user}" in message.subject and f"{message.subject.split('.')[0]}.>" in EVENTS
)


def covered(subject: str) -> bool:
    return any(re.fullmatch(re.escape(naming).replace(r"\*", r"[^.]+"), subject) for naming in NAMING)


@pytest.mark.parametrize("subject", [each for each in OF_LISTENERS if each != UserRemoved.subject])
def test_every_event_about_a_listener_goes_with_them(subject: str) -> None:
    assert covered(subject)


def test_that_they_are_gone_stays() -> None:
    assert UserRemoved.subject in OF_LISTENERS
    assert not covered(UserRemoved.subject)
