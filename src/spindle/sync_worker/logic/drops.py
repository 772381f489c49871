"""What people put into a watched folder: when it is complete, and which of it becomes one import."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spindle.shared.ids import JobId, Kind, UserId, job_of

IMPORTING, IMPORTED, REFUSED = "importing", "imported", "refused"
"""Folders that we make ourselves in a listener's."""

RECEIPT = ".receipt.json"
_UNFINISHED = (".part", ".crdownload", ".tmp")
_NANOSECONDS = 10**9
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=2)


@dataclass(frozen=True)
class Print:
    """How a file looked; two that differ in nothing are the same file, unchanged. Times are nanoseconds since 1970.

    `changed` is also new when a file was moved: what somebody puts in again is imported again.
    """

    name: str
    size: int
    modified: int
    changed: int


@dataclass(frozen=True)
class Drop:
    """Something in a listener's folder that could be imported: a file, or a folder with everything in it."""

    name: str
    prints: tuple[Print, ...]
    loose: bool = False
    """A JSON file, which is imported together with the others."""
    why_not: str | None = None
    """What is in the way of importing it."""


def wanted(name: str, folder: bool) -> bool:
    """Whether what is called so is looked at. The rest is left alone."""
    if name.startswith(".") or name.lower().endswith((*_UNFINISHED, RECEIPT)):
        return False
    return name not in (IMPORTING, IMPORTED, REFUSED) if folder else name.lower().endswith((".zip", ".json"))


def ready(before: Collection[Drop], now: Sequence[Drop]) -> tuple[Drop, ...]:
    """What has not changed from one look to the next and makes the next import; nothing when there is nothing."""
    complete = [drop for drop in now if drop.why_not is None and drop in before]
    loose = tuple(drop for drop in complete if drop.loose)
    return loose or tuple(complete[:1])


def patience(refusals: int) -> timedelta:
    """How long to wait before an import is asked for again: everybody who watches is told of each refusal."""
    return min(_FIRST_PAUSE * (1 << min(refusals, 5)), _LONGEST_PAUSE)


def import_of(user: UserId, drops: Collection[Drop], now: datetime) -> JobId:
    """The import of these files, always the same one. It bears the time of the newest of them."""
    prints = sorted((each.name, each.size, each.modified, each.changed) for drop in drops for each in drop.prints)
    newest = max(modified for _, _, modified, _ in prints) / _NANOSECONDS
    at = datetime.fromtimestamp(min(max(newest, 0.0), now.timestamp()), UTC)
    return job_of(Kind.ARCHIVE, user, repr(prints), at)
