"""What a listener chose: where their days begin, and what counts as a play."""

from typing import ClassVar, Literal, get_args

from pydantic import AwareDatetime

from spindle.shared.ids import UserId
from spindle.shared.messages import Message

AtLeast = Literal[0, 10, 30, 60, 120]
"""Seconds that something must have lasted to count as a play. Few, because each is counted beforehand."""

THRESHOLDS: tuple[AtLeast, ...] = get_args(AtLeast)
USUAL: AtLeast = 30
"""As Spotify counts a stream."""
UTC_ZONE = "UTC"


class ChoicesMade(Message):
    """What a listener chose, all of it; the latest counts."""

    subject: ClassVar[str] = "facts.users.{user}"

    fact: Literal["ChoicesMade"] = "ChoicesMade"
    user: UserId
    zone: str | None = None
    """A name of the IANA time zone database; none for UTC."""
    at_least: AtLeast | None = None
    """None for the usual 30."""
    chosen_at: AwareDatetime

    @property
    def identity(self) -> str:
        return f"{self.user}:chose:{self.chosen_at.isoformat()}"


class UserChose(Message):
    """A listener's choices are other ones now: what is told of their listening is counted anew."""

    subject: ClassVar[str] = "users.chose.{user}"

    event: Literal["UserChose"] = "UserChose"
    user: UserId
    name: str
    zone: str
    at_least: AtLeast
    caused_by: str

    @property
    def identity(self) -> str:
        return f"{self.caused_by}:chose"
