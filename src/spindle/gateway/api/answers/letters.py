"""Dead letters: messages that nobody could handle."""

from pydantic import JsonValue

from spindle.gateway.api.answers.shape import Instant, Page, Shape


class Letter(Shape):
    letter: int
    died_at: Instant
    consumer: str
    """Who could not handle it."""
    subject: str
    """On which it came."""
    user: str | None
    name: str | None
    job: str | None
    step: int | None
    why: str


class WholeLetter(Letter):
    whole: bool
    """Whether `body` is all of the message: else it cannot be retried."""
    body: JsonValue
    """As JSON if it is some, else as text."""


class Letters(Page):
    letters: list[Letter]
    """Oldest first."""
