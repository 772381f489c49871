"""What can go wrong, as values: each says whom it strikes, how, and for how long."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

NATS, POSTGRES, SPOTIFY = "nats-server", "PostgreSQL", "Spotify"


@dataclass(frozen=True)
class Kill:
    """`kill -9`; whoever it was is started again after so many seconds."""

    whom: str
    seconds: float

    @property
    def kind(self) -> str:
        return f"kill -9 {_role(self.whom)}"


@dataclass(frozen=True)
class Freeze:
    """Stopped, and continued after so many seconds: what is there and does not answer."""

    whom: str
    seconds: float

    @property
    def kind(self) -> str:
        return f"stop and continue {_role(self.whom)}"


class How(StrEnum):
    """What becomes of a link's connections."""

    CUT = "cut"
    SLOW = "slow down"
    SWALLOW = "black-hole"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Break:
    """The connections from one process to a server."""

    link: tuple[str, str]
    how: How
    seconds: float = 0.0

    @property
    def kind(self) -> str:
        whose, server = self.link
        return f"{self.how} {_role(whose)} to {server}"


@dataclass(frozen=True)
class Refuse:
    """The API fails, as a script of the simulator says; `listener` is a number, none means everybody."""

    script: dict[str, object] = field(hash=False)
    listener: int | None = None

    @property
    def kind(self) -> str:
        where = "token" if self.script.get("path") == "/api/token" else "history"
        return f"API: {where} {self.script.get('variant') or self.script['kind']}"


@dataclass(frozen=True)
class Tokens:
    """What becomes of everybody's or somebody's tokens."""

    change: dict[str, object] = field(hash=False)
    listener: int | None = None

    @property
    def kind(self) -> str:
        (what,) = self.change
        told = self.change[what]
        return f"tokens: {what}" if told is True else f"tokens: {what} {told}"


Deed = Literal[
    "pause",
    "resume",
    "poll now",
    "sync again",
    "cancel",
    "import",
    "dry run",
    "undo",
    "remove and add again",
    "nonsense",
]


@dataclass(frozen=True)
class Act:
    """What people do meanwhile. `choice` settles what the deed leaves open, such as an export's format."""

    deed: Deed
    listener: int
    choice: int

    @property
    def kind(self) -> str:
        return f"people: {self.deed}"


What = Kill | Freeze | Break | Refuse | Tokens | Act


@dataclass(frozen=True)
class Fault:
    after: float
    """Seconds after the one before."""
    what: What


def _role(name: str) -> str:
    """What it is, whichever of several: `poll_worker-2` is a poll_worker."""
    return name.rstrip("0123456789").rstrip("-") if name[-1].isdigit() else name
