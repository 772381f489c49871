"""One example of each message about imports, for the golden files."""

from datetime import UTC, datetime

from spindle.shared.messages import Value
from spindle.shared.messages.ask import (
    AskImports,
    AskRejects,
    ImportFile,
    ImportRow,
    Imports,
    RejectRow,
    Rejects,
)
from spindle.shared.messages.control import Import, Undo
from spindle.shared.messages.imports import (
    ArchiveCut,
    ArchiveRead,
    Buckets,
    Circumstances,
    FileCut,
    ImportArchive,
    ImportRevoked,
    ImportUndone,
    Reject,
    Rows,
    RowsRead,
    Stretch,
)
from spindle.shared.messages.jobs import Progress, Status, Verdict
from spindle.shared.messages.plays import Album, Artist, Track

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
UPLOAD = "01a80c5e7e007d1e8b6a5c4d3e2f1a0b"
JOB = f"archive.{USER}.{UPLOAD}"
BUCKETS = Buckets(new=1, merged=2, duplicate=3, short=4, podcast=5, audiobook=6, video=7, no_track=8, invalid=9)
CUT_OFF = "it ends in the middle: the rows before are complete"
HOW = Circumstances(
    platform="ios",
    country="DE",
    reason_start="clickrow",
    reason_end="trackdone",
    shuffle=True,
    skipped=False,
    offline=False,
    private=True,
)


def at(hour: int) -> datetime:
    return datetime(2026, 11, 20, hour, 5, 9, tzinfo=UTC)


ROWS = Rows(
    first=5000,
    stretches=(Stretch(file=0, rows=1), Stretch(file=1, rows=1, to_the_minute=True)),
    ended=(1763633109, 1763633100),
    ms_played=(201567, 1200),
    started=(1763632907433, None),
    track=(0, 1),
    circumstance=(0, 1),
    tracks=("7hZ1mQ0bV9cXn3RkT2sYpL", "local:0123456789abcdef012345"),
    circumstances=(HOW, Circumstances()),
    said=(
        Track(
            id="7hZ1mQ0bV9cXn3RkT2sYpL",
            name="Für Elise (夜) 🎹",
            artists=(Artist(id=None, name="Ø"),),
            album=Album(id=None, name="Tidewater"),
        ),
    ),
    rejects=(Reject(file=0, position=17, reason="ts: no time"),),
)
RECEIPT = ImportRow(
    job=JOB,
    user=USER,
    name="ada",
    status=Status.PARTIAL,
    error=CUT_OFF,
    dry_run=True,
    started_at=at(3),
    finished_at=at(4),
    revoked_at=at(5),
    undone_at=at(6),
    rows=45,
    buckets=BUCKETS,
    file_count=1,
    files=(ImportFile(name="MyData/endsong_0.json", rows=45, buckets=BUCKETS, error=CUT_OFF),),
    earliest=at(1),
    latest=at(2),
    progress=Progress(doing="reading", done=5, total=6),
)

EXAMPLES: tuple[Value, ...] = (
    AskImports(user=USER, ending="1a0b", files=True, limit=10, after="cursor"),
    AskRejects(user=USER, job=JOB, after="cursor", limit=10),
    Imports(imports=(RECEIPT,), next="cursor"),
    Rejects(rejects=(RejectRow(file="endsong_0.json", position=17, reason="ts: no time"),), next="cursor"),
    Import(request="r-1", user="ada", upload=UPLOAD, dry_run=True),
    Undo(request="r-1", job=JOB),
    ImportArchive(
        user=USER,
        job=JOB,
        step=2,
        started_at=at(3),
        attempt=1,
        why="the recorder is behind",
        due_at=at(2),
        retried=41,
        dry_run=True,
        slices=4,
        incomplete=CUT_OFF,
        failures=1,
    ),
    ArchiveCut(
        user=USER,
        job=JOB,
        step=1,
        started_at=at(3),
        cut_at=at(4),
        dry_run=True,
        slices=4,
        files=(FileCut(name="endsong_0.json", rows=45, left=BUCKETS, first=at(1), last=at(2), why=CUT_OFF),),
    ),
    RowsRead(user=USER, job=JOB, step=2, started_at=at(3), read_at=at(4), rows=ROWS, dry_run=True),
    ArchiveRead(
        user=USER,
        job=JOB,
        step=6,
        started_at=at(3),
        read_at=at(4),
        verdict=Verdict(status=Status.PARTIAL, error=CUT_OFF),
    ),
    ImportRevoked(user=USER, job=JOB, started_at=at(3), revoked_at=at(5)),
    ImportUndone(user=USER, name="ada", job=JOB, removed=340, undone_at=at(6), caused_by=f"{JOB}:revoked"),
)
