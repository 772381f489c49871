"""An upload cut into slices, in one pass over its files and in memory that does not grow with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

from spindle.shared.messages.imports import Buckets, FileCut, Rows
from spindle.sync_worker.archive.errors import Damaged, NotAnArchive, TooLarge
from spindle.sync_worker.archive.members import Allowance, Member, Refused, label, members
from spindle.sync_worker.archive.rows import rows
from spindle.sync_worker.archive.slices import Said, Slice
from spindle.sync_worker.logic.exports import CROWDED, NO_HISTORY, Heard, Left, Why, heard, latest
from spindle.sync_worker.logic.hours import Hours

FILES = 500
"""Of a history, in one import: their receipts must fit a message. A real history has about fifty at most."""


@dataclass(frozen=True)
class Limits:
    bytes: int
    """That the files unpack to, together."""
    rows: int


@dataclass
class _Count:
    """What has become of the rows of one file."""

    plays: int = 0
    foreign: int = 0
    """Invalid ones that have nothing of a history."""
    left: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Why, 0))
    first: int | None = None
    last: int | None = None

    @property
    def rows(self) -> int:
        return self.plays + sum(self.left.values())

    @property
    def worth(self) -> bool:
        """Whether there was something of a history."""
        return self.rows > self.foreign

    def hear(self, ended: int) -> None:
        self.plays += 1
        if self.first is None or self.last is None:
            self.first = self.last = ended
        elif ended > self.last:
            self.last = ended
        elif ended < self.first:
            self.first = ended

    def leave(self, found: Left) -> None:
        self.left[found.why] += 1
        self.foreign += found is NO_HISTORY


class Cut:
    """To be iterated once; `files` is complete afterwards. The same upload is cut the same way each time.

    Raises `TooLarge`, or `NotAnArchive` when there is nothing of a history in any of the files. What is wrong with
    one of several files is said in its `why`.
    """

    def __init__(self, uploads: Iterable[tuple[str, IO[bytes]]], limits: Limits, now: datetime) -> None:
        self.files: list[FileCut] = []
        self._uploads = uploads
        self._limits = limits
        self._latest = latest(now)
        self._allowance = Allowance(limits.bytes)
        self._hours = Hours()
        self._said = Said()
        self._slice = Slice(0, self._said)
        self._plays = 0
        self._read = 0
        self._worth = False
        """Something in it was of a history, or could have been."""

    def __iter__(self) -> Iterator[Rows]:
        for name, upload in self._uploads:
            try:
                for found in members(upload, name, self._allowance):
                    if isinstance(found, Refused):
                        self._note(found.name, why=found.why)
                    else:
                        yield from self._member(found)
            except (NotAnArchive, Damaged) as error:
                self._note(label(name), why=str(error))
        yield from self._finished_slice()
        self._judge()

    def _member(self, member: Member) -> Iterator[Rows]:
        file, count, why = len(self.files), _Count(), None
        try:
            for position, row in enumerate(rows(member.pieces), 1):
                found = heard(row, member.package, self._latest)
                if isinstance(found, Heard) and not self._hours.take(found.ended):
                    found = CROWDED
                if isinstance(found, Heard):
                    count.hear(found.ended)
                    self._slice.hear(found, file)
                else:
                    count.leave(found)
                    self._slice.leave(file, position, found.reason)
                if self._slice.full:
                    yield from self._finished_slice()
        except (NotAnArchive, Damaged) as error:
            why = str(error)
        self._worth = self._worth or count.worth or (why is None and not count.rows)
        self._note(member.name, count, why)

    def _finished_slice(self) -> Iterator[Rows]:
        self._read += self._slice.read
        if self._read > self._limits.rows:
            raise TooLarge(f"it holds more than {self._limits.rows:,} rows (SPINDLE_IMPORT_MAX_ROWS)")
        self._plays += self._slice.plays
        if not self._slice.empty:
            yield self._slice.rows()
        self._slice = Slice(self._plays, self._said)

    def _note(self, name: str, count: _Count | None = None, why: str | None = None) -> None:
        if len(self.files) == FILES:
            raise TooLarge(f"it holds more than {FILES} files of a listening history")
        count = count or _Count()
        self.files.append(
            FileCut(
                name=self._unlike_the_others(name),
                rows=count.rows,
                left=Buckets(**count.left),
                first=None if why else _time(count.first),  # what is cut off proves nothing
                last=None if why else _time(count.last),
                why=why,
            )
        )

    def _unlike_the_others(self, name: str) -> str:
        taken = {each.name for each in self.files}
        others = (f"{name} ({number})" for number in range(2, FILES + 2))
        return name if name not in taken else next(each for each in others if each not in taken)

    def _judge(self) -> None:
        if self._worth:
            return
        raise NotAnArchive(next((f"{each.name}: {each.why}" for each in self.files if each.why), ""))


def _time(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)
