"""Everything that travels on the bus: one frozen model per message."""

from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A part of a message. Fields are only ever added, with a default; unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Value):
    """A whole message: it knows the subject that it travels on and what makes two copies of it the same."""

    subject: ClassVar[str]
    """The subject with its fields in braces, as in `facts.plays.{user}`."""

    @property
    def on(self) -> str:
        """The subject of this very message."""
        return self.subject.format_map(dict(self))

    @property
    def identity(self) -> str | None:
        """Two messages with the same identity are one: JetStream drops the second within two minutes."""
        return None

    def encoded(self) -> bytes:
        return self.model_dump_json().encode()

    @classmethod
    def decoded(cls, body: bytes) -> Self:
        """Raises `pydantic.ValidationError` for a body that is not JSON or not of this model."""
        return cls.model_validate_json(body)


@dataclass(frozen=True)
class Written:
    """A message as somebody wrote it before, to be handed on as it is."""

    on: str
    identity: str
    body: bytes

    def encoded(self) -> bytes:
        return self.body
