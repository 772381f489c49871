"""Logins: how one has ended, for whoever waits for it."""

from typing import ClassVar, Literal

from spindle.shared.ids import UserId
from spindle.shared.messages import Message

# --- events ------------------------------------------------------------------------------------------------------


class LoginEnded(Message):
    """A login with Spotify came back: somebody is linked, or why not. Kept nowhere: whoever began it listens."""

    subject: ClassVar[str] = "logins.ended.{login}"

    event: Literal["LoginEnded"] = "LoginEnded"
    login: str
    """Made up when it began: 32 hexadecimal digits."""
    done: bool
    why: str
    user: UserId | None = None
    name: str | None = None
    healed: bool = False
    """The account was this listener's before."""
