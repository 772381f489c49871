"""Questions that the recorder answers, request and reply. A reply is the answer, or `{"error": …}` in one sentence."""

from datetime import timedelta
from typing import ClassVar

from pydantic import AwareDatetime, Field

from spindle.shared.ids import JobId, Kind, UserId
from spindle.shared.messages import Message, Value
from spindle.shared.messages.imports import Buckets, Circumstances
from spindle.shared.messages.jobs import Reason, Status
from spindle.shared.messages.plays import Source
from spindle.shared.messages.users import Left

# --- questions ---------------------------------------------------------------------------------------------------


class AskUsers(Message):
    """Listeners in order of their ids: all, the one of this name or id, or those after an id."""

    subject: ClassVar[str] = "ask.users"

    user: str | None = None
    after: UserId | None = None
    limit: int = Field(500, ge=1, le=5000)
    unwell_since: AwareDatetime | None = None
    """Only those who are not simply polled: disconnected, about to be, paused, failing, waiting, or with a poll due
    before then."""


class AskPlays(Message):
    """A listener's plays, oldest first. With `latest`, the newest `limit` of them (still oldest first)."""

    subject: ClassVar[str] = "ask.plays"

    user: UserId
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    after: str | None = None
    """The cursor of the page before."""
    latest: bool = False
    limit: int = Field(1000, ge=1, le=5000)


class AskJobs(Message):
    """Jobs, newest first: everybody's or a listener's."""

    subject: ClassVar[str] = "ask.jobs"

    user: UserId | None = None
    status: Status | None = None
    kind: Kind | None = None
    ending: str | None = None
    """Only jobs whose id ends so."""
    limit: int = Field(50, ge=1, le=5000)


class AskGaps(Message):
    """Stretches of time that no page proves to be complete."""

    subject: ClassVar[str] = "ask.gaps"

    user: UserId


class AskImports(Message):
    """Imports, newest first: everybody's or a listener's. With `files`, each with what became of its files."""

    subject: ClassVar[str] = "ask.imports"

    user: UserId | None = None
    ending: str | None = None
    """Only imports whose id ends so."""
    files: bool = False
    limit: int = Field(50, ge=1, le=1000)


class AskRejects(Message):
    """The rows of an import that could not be read, in the order of files and positions."""

    subject: ClassVar[str] = "ask.rejects"

    user: UserId
    job: JobId
    after: str | None = None
    """The cursor of the page before."""
    limit: int = Field(1000, ge=1, le=5000)


# --- answers -----------------------------------------------------------------------------------------------------


class InitialSync(Value):
    """`status` is of the latest run, none before the first; the rest is of the latest that completed or still runs."""

    status: Status | None = None
    started_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    earliest_played_at: AwareDatetime | None = None
    reason: Reason | None = None
    running: JobId | None = None
    waiting_until: AwareDatetime | None = None
    error: str | None = None


class Coverage(Value):
    """From `after` to `before` it is proven which plays there were, but for `gaps` stretches, `missing` long in all."""

    after: AwareDatetime
    before: AwareDatetime
    gaps: int = 0
    missing: timedelta = timedelta()


class PollLag(Value):
    """How long polls took lately from the time they were due until they were committed."""

    p50: timedelta
    p95: timedelta
    polls: int
    """So many polls were looked at."""


class Listener(Value):
    """Everything that is known of a listener, plays aside."""

    user: UserId
    name: str
    account: str
    linked_at: AwareDatetime
    authorized_at: AwareDatetime | None = None
    """When they consented, if that is known; if not, it was before `linked_at`."""
    warned: Left | None = None
    """What they were told already of the end of this authorization."""
    disconnected_at: AwareDatetime | None = None
    disconnected_why: str | None = None
    plays: int = 0
    last_played_at: AwareDatetime | None = None
    last_poll_at: AwareDatetime | None = None
    next_poll_at: AwareDatetime | None = None
    poll_error: str | None = None
    """Why the last poll failed; none when it did not."""
    failing_since: AwareDatetime | None = None
    """When the first of the polls in a row failed that have failed until now."""
    poll_lag: PollLag | None = None
    initial_sync: InitialSync = InitialSync()
    paused: tuple[str, ...] = ()
    coverage: Coverage | None = None
    """None until a page has proven something."""


class PlayRow(Value):
    played_at: AwareDatetime
    track_id: str
    track: str
    artists: tuple[str, ...]
    album: str | None
    duration_ms: int | None
    ms_played: int | None
    source: Source
    job: str
    short: bool = False
    """Known to have lasted less than 30 seconds."""
    circumstances: Circumstances | None = None
    """None for a play that no import has seen."""


class JobRow(Value):
    job: JobId
    user: UserId
    name: str
    kind: str
    status: Status
    reason: Reason | None
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    steps: int
    requests: int
    fetched: int
    new: int
    duplicates: int
    error: str | None
    waiting_until: AwareDatetime | None


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


class RejectRow(Value):
    file: str
    position: int
    reason: str


class Gap(Value):
    after: AwareDatetime
    before: AwareDatetime


class Users(Value):
    users: tuple[Listener, ...]
    more: bool = False


class Plays(Value):
    plays: tuple[PlayRow, ...]
    next: str | None = None
    """Pass it as `after` to go on; none when this was the last page."""


class Jobs(Value):
    jobs: tuple[JobRow, ...]


class Imports(Value):
    imports: tuple[ImportRow, ...]


class Rejects(Value):
    rejects: tuple[RejectRow, ...]
    next: str | None = None


class Gaps(Value):
    gaps: tuple[Gap, ...]


class Refused(Value):
    """The answer to a question that cannot be answered."""

    error: str
