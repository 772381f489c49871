"""Doors: what Spotify does not want to be asked for now, and when it may be asked again."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from spindle.shared.messages import Message

# --- events ------------------------------------------------------------------------------------------------------


class DoorClosed(Message):
    """Spotify refused a family of endpoints: nobody calls any of it before `until`."""

    subject: ClassVar[str] = "doors.closed.{family}"

    event: Literal["DoorClosed"] = "DoorClosed"
    family: str
    of: str
    """The client id that is meant, or, when the quota is used up, the developer account."""
    quota: bool
    closed_at: AwareDatetime
    until: AwareDatetime
    why: str

    @property
    def identity(self) -> str:
        return f"door:{self.family}:{self.of}:closed:{self.closed_at.isoformat()}"


class DoorOpened(Message):
    """One call has tried after the deadline, and Spotify answers again."""

    subject: ClassVar[str] = "doors.opened.{family}"

    event: Literal["DoorOpened"] = "DoorOpened"
    family: str
    of: str
    until: AwareDatetime
    """Until when it was closed."""
    opened_at: AwareDatetime

    @property
    def identity(self) -> str:
        return f"door:{self.family}:{self.of}:opened:{self.until.isoformat()}"
