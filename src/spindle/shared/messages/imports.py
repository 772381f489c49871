"""Imports: the history that people already have, from the upload to the receipt."""

from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime, model_validator

from spindle.shared.ids import JobId, UserId
from spindle.shared.messages import Message, Value
from spindle.shared.messages.jobs import Verdict
from spindle.shared.messages.plays import Step, Track

# --- values ------------------------------------------------------------------------------------------------------


class Buckets(Value):
    """Where the rows of a file ended: each in exactly one of these."""

    new: int = 0
    merged: int = 0
    """A poll or an initial sync had seen this play."""
    duplicate: int = 0
    """An import had brought this play, or the same row came twice."""
    short: int = 0
    """New, and shorter than 30 seconds: kept, and flagged."""
    podcast: int = 0
    audiobook: int = 0
    video: int = 0
    no_track: int = 0
    invalid: int = 0

    @property
    def rows(self) -> int:
        return sum(self.model_dump().values())


class FileCut(Value):
    """One file of an upload, as it was read."""

    name: str
    rows: int = 0
    left: Buckets = Buckets()
    """Of them, those that are no plays of a track; all others are in slices."""
    first: AwareDatetime | None = None
    """End of its earliest play of a track."""
    last: AwareDatetime | None = None
    why: str | None = None
    """What was wrong with it: not all of its rows could be read."""


class Stretch(Value):
    """So many rows of a slice, one after the other, of one file and one precision."""

    file: int
    """Its number in `ArchiveCut.files`."""
    rows: int
    to_the_minute: bool = False
    """Account data: the play ended in the minute that begins at `ended`."""


class Circumstances(Value):
    """How a play came about, as far as the export tells."""

    platform: str | None = None
    country: str | None = None
    reason_start: str | None = None
    reason_end: str | None = None
    shuffle: bool | None = None
    skipped: bool | None = None
    offline: bool | None = None
    private: bool | None = None


class Reject(Value):
    """A row that could not be read."""

    file: int
    position: int
    """In its file, from 1."""
    reason: str


class Rows(Value):
    """Rows of an export, column by column: what repeats itself is said once, in `tracks` and `circumstances`."""

    first: int
    """The number of the first of them among all plays of the import, from 0."""
    stretches: tuple[Stretch, ...] = ()
    ended: tuple[int, ...] = ()
    """Seconds since 1970."""
    ms_played: tuple[int, ...] = ()
    started: tuple[int | None, ...] = ()
    """By the device's clock, in milliseconds since 1970."""
    track: tuple[int, ...] = ()
    """Index in `tracks`."""
    circumstance: tuple[int, ...] = ()
    """Index in `circumstances`."""
    tracks: tuple[str, ...] = ()
    circumstances: tuple[Circumstances, ...] = ()
    said: tuple[Track, ...] = ()
    """What the export says of tracks that no earlier slice has said."""
    rejects: tuple[Reject, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        count = sum(each.rows for each in self.stretches)
        columns = (self.ended, self.ms_played, self.started, self.track, self.circumstance)
        if any(len(column) != count for column in columns):
            raise ValueError("the columns are not of the same length")
        for indices, table in ((self.track, self.tracks), (self.circumstance, self.circumstances)):
            if indices and not 0 <= min(indices) <= max(indices) < len(table):
                raise ValueError("an index leads nowhere")
        return self


# --- commands ----------------------------------------------------------------------------------------------------


class ImportArchive(Step):
    """Cut an upload into slices (step 1), hand them over one by one, and say that all were read."""

    subject: ClassVar[str] = "sync.archive.{user}.step"

    dry_run: bool = False
    slices: int | None = None
    """How many there are, once it is cut."""
    incomplete: str | None = None
    """What of the upload could not be read."""
    failures: int = 0
    """In a row, of this very step."""


# --- facts -------------------------------------------------------------------------------------------------------


class ArchiveCut(Message):
    """An upload was read once from end to end and cut into slices."""

    subject: ClassVar[str] = "facts.archive.{user}"

    fact: Literal["ArchiveCut"] = "ArchiveCut"
    user: UserId
    job: JobId
    step: int
    started_at: AwareDatetime
    cut_at: AwareDatetime
    dry_run: bool
    slices: int
    files: tuple[FileCut, ...] = ()

    @property
    def identity(self) -> str:
        return f"{self.job}:{self.step}:cut"


class RowsRead(Message):
    """A slice of an import: at most 5,000 rows."""

    subject: ClassVar[str] = "facts.archive.{user}"

    fact: Literal["RowsRead"] = "RowsRead"
    user: UserId
    job: JobId
    step: int
    started_at: AwareDatetime
    read_at: AwareDatetime
    rows: Rows
    dry_run: bool = False
    """Said again: it may be recorded before `ArchiveCut`."""

    @property
    def identity(self) -> str:
        return f"{self.job}:{self.step}:rows"


class ArchiveRead(Message):
    """All slices of an import are on their way: once they are there, their rows can become plays."""

    subject: ClassVar[str] = "facts.archive.{user}"

    fact: Literal["ArchiveRead"] = "ArchiveRead"
    user: UserId
    job: JobId
    step: int
    started_at: AwareDatetime
    read_at: AwareDatetime
    verdict: Verdict

    @property
    def identity(self) -> str:
        return f"{self.job}:{self.step}:read"


class ImportRevoked(Message):
    """Nothing that an import brought is to remain: it was undone, cancelled, or has failed."""

    subject: ClassVar[str] = "facts.archive.{user}"

    fact: Literal["ImportRevoked"] = "ImportRevoked"
    user: UserId
    job: JobId
    started_at: AwareDatetime
    revoked_at: AwareDatetime

    @property
    def identity(self) -> str:
        return f"{self.job}:revoked"


# --- events ------------------------------------------------------------------------------------------------------


class ImportUndone(Message):
    """Everything that an import brought has been taken back; what others saw too has stayed."""

    subject: ClassVar[str] = "imports.undone.{user}"

    event: Literal["ImportUndone"] = "ImportUndone"
    user: UserId
    name: str
    job: JobId
    removed: int
    """Plays that nobody else had seen."""
    undone_at: AwareDatetime
    caused_by: str

    @property
    def identity(self) -> str:
        return f"{self.job}:undone"
