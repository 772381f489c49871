"""What is proven to be complete, and what is not."""

from typing import ClassVar

from pydantic import AwareDatetime

from spindle.shared.ids import UserId
from spindle.shared.messages import Message, Value
from spindle.shared.messages.plays import Source


class AskGaps(Message):
    """Stretches of time that no page proves to be complete."""

    subject: ClassVar[str] = "ask.gaps"

    user: UserId


class Gap(Value):
    after: AwareDatetime
    before: AwareDatetime


class Gaps(Value):
    gaps: tuple[Gap, ...]


class AskCoverage(Message):
    """Which stretches of time are proven to be complete, and by whom: those that reach into a period."""

    subject: ClassVar[str] = "ask.coverage"

    user: UserId
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Window(Value):
    """All plays that ended after `after`, up to and including `before`, are known from this source."""

    source: Source
    after: AwareDatetime
    before: AwareDatetime


class Windows(Value):
    """By source, and oldest first."""

    windows: tuple[Window, ...]
