"""Imports, their receipts, and what could not be read."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from spindle.shared.ids import JobId, UserId
from spindle.shared.messages import Message, Value
from spindle.shared.messages.imports import Buckets
from spindle.shared.messages.jobs import Progress, Status


class AskImports(Message):
    """Imports, newest first: everybody's or a listener's. With `files`, each with what became of its files."""

    subject: ClassVar[str] = "ask.imports"

    user: UserId | None = None
    ending: str | None = None
    """Only imports whose id ends so."""
    files: bool = False
    limit: int = Field(50, ge=1, le=1000)
    after: str | None = None
    """The cursor of the page before."""


class AskRejects(Message):
    """The rows of an import that could not be read, in the order of files and positions."""

    subject: ClassVar[str] = "ask.rejects"

    user: UserId
    job: JobId
    after: str | None = None
    """The cursor of the page before."""
    limit: int = Field(1000, ge=1, le=5000)


class ImportFile(Value):
    """One file of an import. Its buckets sum up to its rows once the import has finished."""

    name: str
    rows: int
    buckets: Buckets
    error: str | None = None
    """Why not all of its rows could be read."""


class ImportRow(Value):
    """An import and its receipt."""

    job: JobId
    user: UserId
    name: str
    status: Status
    error: str | None
    dry_run: bool
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    """When what it had brought began to be taken back: undone, cancelled, or failed."""
    undone_at: AwareDatetime | None
    """When all of it was taken back."""
    rows: int
    buckets: Buckets
    file_count: int
    files: tuple[ImportFile, ...] = ()
    earliest: AwareDatetime | None
    """End of the earliest play of a track in it."""
    latest: AwareDatetime | None
    progress: Progress | None = None
    """None before it is known how much there is to do, and once it has ended."""


class RejectRow(Value):
    file: str
    position: int
    reason: str


class Imports(Value):
    imports: tuple[ImportRow, ...]
    next: str | None = None


class Rejects(Value):
    rejects: tuple[RejectRow, ...]
    next: str | None = None
