"""Dead letters: messages that nobody can ever handle, kept with the reason."""

from typing import ClassVar

from pydantic import AwareDatetime

from spindle.shared.messages import Message


class Dead(Message):
    """A message as it came, why it was given up, and where it stood."""

    subject: ClassVar[str] = "dead.{consumer}"

    consumer: str
    stream: str
    sequence: int
    was_on: str
    """The subject of the message."""
    why: str
    body: str
    """The first 100,000 bytes of the message, bad ones replaced."""
    died_at: AwareDatetime

    @property
    def identity(self) -> str:
        return f"dead:{self.stream}:{self.sequence}"
