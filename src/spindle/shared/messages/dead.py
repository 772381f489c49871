"""Dead letters: messages that nobody could handle, kept with the reason until somebody retries or drops them."""

import hashlib
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
    died_at: AwareDatetime
    whole: bool = True
    """Whether `body` is all of the message, as it was. One with bytes that are no text, and one too long for a letter,
    is kept as far as can be, and cannot be retried."""
    user: str | None = None
    """Whom the message was about, as far as it could be read; so are `job` and `step`."""
    job: str | None = None
    step: int | None = None

    @property
    def identity(self) -> str:
        """With what it held: a stream that is made anew one day counts from 1 again."""
        return f"dead:{self.stream}:{self.sequence}:{hashlib.sha256(self.body.encode()).hexdigest()[:16]}"
