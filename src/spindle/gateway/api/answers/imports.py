"""Imports and their receipts."""

from typing import Annotated, Literal

from pydantic import Field

from spindle.gateway.api.answers.listeners import Name, UserId
from spindle.gateway.api.answers.shape import RUN, USER, Instant, Page, Shape
from spindle.shared.messages.jobs import Status

ImportId = Annotated[str, Field(examples=[f"archive.{USER}.{RUN}"])]


class Buckets(Shape):
    """Where the rows ended: each in exactly one of these."""

    new: int
    merged: int
    """A poll or an initial sync had seen this play."""
    duplicate: int
    """An import had brought this play, or the same row came twice."""
    short: int
    """New, and shorter than 30 seconds: kept, and flagged."""
    podcast: int
    audiobook: int
    video: int
    no_track: int
    invalid: int


class Progress(Shape):
    """In rows."""

    doing: Literal["reading", "recording"]
    done: int
    total: int


class Import(Shape):
    """Its id is that of its job."""

    import_: Annotated[ImportId, Field(alias="import")]
    user: UserId
    name: Name
    status: Status
    error: str | None
    dry_run: bool
    started_at: Instant
    finished_at: Instant | None
    undone_at: Instant | None
    """When all that it had brought was taken back."""
    rows: int
    buckets: Buckets
    earliest: Instant | None
    latest: Instant | None
    seconds: float | None
    progress: Progress | None
    """While it runs, as soon as it is known how much there is to do."""


class ImportFile(Shape):
    name: Annotated[str, Field(examples=["MyData/endsong_0.json"])]
    rows: int
    buckets: Buckets
    error: str | None
    """Why not all of its rows could be read."""


class Receipt(Import):
    files: list[ImportFile]


class Imports(Page):
    imports: list[Import]
    """Newest first."""


class Reject(Shape):
    file: str
    position: int
    """In its file, from 1."""
    reason: Annotated[str, Field(examples=["ts: no time"])]


class Rejects(Page):
    rejects: list[Reject]


class UploadedFile(Shape):
    name: str
    bytes: int


class Begun(Shape):
    """An import that has begun: `GET /api/imports/{import}` follows it."""

    import_: Annotated[ImportId, Field(alias="import")]
    user: UserId
    name: Name
    status: Literal["running"]
    dry_run: bool
    files: list[UploadedFile]
