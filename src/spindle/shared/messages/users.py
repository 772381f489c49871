"""Listeners: who is linked, who lost their link, who is paused."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from spindle.shared.ids import UserId
from spindle.shared.messages import Message

# --- values ------------------------------------------------------------------------------------------------------


class Left(StrEnum):
    """How much is left of an authorization, when that is little."""

    MONTH = "month"
    WEEK = "week"


# --- facts -------------------------------------------------------------------------------------------------------


class AccountLinked(Message):
    """A listener gave consent, for the first time or again."""

    subject: ClassVar[str] = "facts.users.{user}"

    fact: Literal["AccountLinked"] = "AccountLinked"
    user: UserId
    name: str
    account: str
    """Spotify's id of the account: one account is one listener."""
    linked_at: AwareDatetime
    authorized_at: AwareDatetime | None = None
    """When they consented; none for a token at hand, of which nobody knows it."""

    @property
    def identity(self) -> str:
        return f"{self.user}:linked:{self.linked_at.isoformat()}"


class AccountUnlinked(Message):
    """Spotify no longer accepts a listener's refresh token."""

    subject: ClassVar[str] = "facts.users.{user}"

    fact: Literal["AccountUnlinked"] = "AccountUnlinked"
    user: UserId
    unlinked_at: AwareDatetime
    why: str

    @property
    def identity(self) -> str:
        return f"{self.user}:unlinked:{self.unlinked_at.isoformat()}"


class ConsentAged(Message):
    """A listener's authorization ends soon: six months after consent (facts.md §0, 5)."""

    subject: ClassVar[str] = "facts.users.{user}"

    fact: Literal["ConsentAged"] = "ConsentAged"
    user: UserId
    linked_at: AwareDatetime
    """Of the link that it tells of; a later one has a consent of its own."""
    ends_at: AwareDatetime
    left: Left
    noticed_at: AwareDatetime

    @property
    def identity(self) -> str:
        return f"{self.user}:aged:{self.ends_at.isoformat()}:{self.left}"


class PausesChanged(Message):
    """What is paused for a listener, all of it. The scheduler decides; the recorder keeps it for those who ask."""

    subject: ClassVar[str] = "facts.users.{user}"

    fact: Literal["PausesChanged"] = "PausesChanged"
    user: UserId
    paused: tuple[str, ...]
    sequence: int
    """Of the control: the larger one is the newer one."""
    changed_at: AwareDatetime

    @property
    def identity(self) -> str:
        return f"{self.user}:pauses:{self.sequence}"


class AccountRemoved(Message):
    """A listener is to be forgotten: everything of theirs goes, a tombstone stays."""

    subject: ClassVar[str] = "facts.users.{user}"

    fact: Literal["AccountRemoved"] = "AccountRemoved"
    user: UserId
    removed_at: AwareDatetime
    name: str = ""
    """For the event that follows: when it is told again, nobody else remembers the name."""

    @property
    def identity(self) -> str:
        return f"{self.user}:removed"


# --- events ------------------------------------------------------------------------------------------------------


class UserLinked(Message):
    """A listener is in the database, linked for the first time or again."""

    subject: ClassVar[str] = "users.linked.{user}"

    event: Literal["UserLinked"] = "UserLinked"
    user: UserId
    name: str
    initial_sync_completed: bool = False
    last_played_at: AwareDatetime | None = None
    """End of the newest play that is known: polls go on from there."""
    caused_by: str
    linked_at: AwareDatetime | None = None
    """None in an event of an earlier Spindle."""

    @property
    def identity(self) -> str:
        return f"{self.caused_by}:linked"


class UserDisconnected(Message):
    """A listener must log in again; until then Spotify is not called for them."""

    subject: ClassVar[str] = "users.disconnected.{user}"

    event: Literal["UserDisconnected"] = "UserDisconnected"
    user: UserId
    name: str
    why: str
    caused_by: str

    @property
    def identity(self) -> str:
        return f"{self.caused_by}:disconnected"


class UserExpiring(Message):
    """A listener should log in again before `ends_at`, or Spotify will not be asked any more; told twice."""

    subject: ClassVar[str] = "users.expiring.{user}"

    event: Literal["UserExpiring"] = "UserExpiring"
    user: UserId
    name: str
    ends_at: AwareDatetime
    left: Left
    caused_by: str

    @property
    def identity(self) -> str:
        return f"{self.caused_by}:expiring"


class UserFailing(Message):
    """A listener's polls have failed for a day, and somebody should look why; told once until they succeed again."""

    subject: ClassVar[str] = "users.failing.{user}"

    event: Literal["UserFailing"] = "UserFailing"
    user: UserId
    name: str
    since: AwareDatetime
    error: str
    caused_by: str

    @property
    def identity(self) -> str:
        return f"{self.caused_by}:failing"


class UserRecovered(Message):
    """A listener's polls succeed again, of whom it was told that they had failed for a day."""

    subject: ClassVar[str] = "users.recovered.{user}"

    event: Literal["UserRecovered"] = "UserRecovered"
    user: UserId
    name: str
    since: AwareDatetime
    """When the first of them had failed."""
    caused_by: str

    @property
    def identity(self) -> str:
        return f"{self.caused_by}:recovered"


class UserRemoved(Message):
    """A listener and everything of theirs is gone."""

    subject: ClassVar[str] = "users.removed.{user}"

    event: Literal["UserRemoved"] = "UserRemoved"
    user: UserId
    name: str
    caused_by: str

    @property
    def identity(self) -> str:
        return f"{self.caused_by}:removed"


class UserPaused(Message):
    """Work for a listener is paused; the scheduler says so itself."""

    subject: ClassVar[str] = "users.paused.{user}"

    event: Literal["UserPaused"] = "UserPaused"
    user: UserId
    paused: tuple[str, ...]
    sequence: int

    @property
    def identity(self) -> str:
        return f"{self.user}:paused:{self.sequence}"


class UserResumed(Message):
    """Work for a listener goes on; `paused` is what still does not."""

    subject: ClassVar[str] = "users.resumed.{user}"

    event: Literal["UserResumed"] = "UserResumed"
    user: UserId
    paused: tuple[str, ...]
    sequence: int

    @property
    def identity(self) -> str:
        return f"{self.user}:resumed:{self.sequence}"
