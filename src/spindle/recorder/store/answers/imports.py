"""Imports with their receipts, newest first, and the rows that could not be read."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.errors import DataRefused
from spindle.recorder.logic.imports import Import, progress
from spindle.recorder.store.answers.cursors import cursor, place
from spindle.shared.ids import Kind, UserId
from spindle.shared.messages.ask import AskImports, AskRejects, ImportFile, ImportRow, Imports, RejectRow, Rejects
from spindle.shared.messages.imports import Buckets
from spindle.shared.messages.jobs import Progress, Status

_BUCKETS = tuple(Buckets.model_fields)
_STANDING = ("user_id", "number", "job", "started_at", "slices", "heard", "staged", "applied", "applied_until")

# Until it has finished, its job knows how it stands; until its upload is cut, there is nothing but the job.
_IMPORTS = text(f"""
    SELECT i.user_id, i.number, i.job, u.name, coalesce(i.status, j.status, :running) AS status,
           coalesce(i.error, j.error) AS error, i.dry_run, i.started_at,
           coalesce(i.finished_at, j.finished_at) AS finished_at, i.revoked_at, i.undone_at, i.rows,
           i.earliest, i.latest, i.slices, i.heard, i.staged, i.applied, i.applied_until, f.*
    FROM (
        SELECT * FROM (
            SELECT user_id, number, job, status, error, dry_run, started_at, finished_at, revoked_at, undone_at, rows,
                   earliest, latest, slices, heard, staged, applied, applied_until
            FROM imports
            UNION ALL
            SELECT b.user_id, NULL, b.job, NULL, NULL, false, b.started_at, NULL, NULL, NULL, 0, NULL, NULL,
                   NULL, 0, 0, 0, NULL
            FROM jobs AS b
            WHERE b.kind = :archive AND b.status = :running
              AND NOT EXISTS (SELECT FROM imports AS o WHERE o.user_id = b.user_id AND o.job = b.job)) AS every
        WHERE (CAST(:user AS uuid) IS NULL OR user_id = CAST(:user AS uuid))
          AND (CAST(:ending AS text) IS NULL
               OR reverse(job) >= reverse(:ending) AND reverse(job) < reverse(:ending) || '~')
          AND (CAST(:at AS timestamptz) IS NULL
               OR (started_at, job) < (CAST(:at AS timestamptz), CAST(:before AS text)))
        ORDER BY started_at DESC, job DESC
        LIMIT :limit) AS i
    JOIN users AS u ON u.user_id = i.user_id
    LEFT JOIN jobs AS j ON j.user_id = i.user_id AND j.job = i.job
    LEFT JOIN LATERAL (
        SELECT count(*) AS file_count, {", ".join(f"coalesce(sum({each}), 0) AS {each}" for each in _BUCKETS)}
        FROM import_files AS f WHERE f.user_id = i.user_id AND f.import = i.number) AS f ON true
    ORDER BY i.started_at DESC, i.job DESC
""")

_FILES = text(f"""
    SELECT user_id, import AS number, name, rows, error, {", ".join(_BUCKETS)} FROM import_files
    WHERE (user_id, import) IN (SELECT * FROM unnest(CAST(:users AS uuid[]), CAST(:numbers AS int[])))
    ORDER BY user_id, import, file
""")

_REJECTS = text("""
    SELECT r.file AS number, r.position, r.reason, f.name AS file
    FROM import_rejects AS r
    JOIN imports AS i ON i.user_id = r.user_id AND i.number = r.import
    LEFT JOIN import_files AS f ON f.user_id = r.user_id AND f.import = r.import AND f.file = r.file
    WHERE i.user_id = CAST(:user AS uuid) AND i.job = :job AND (r.file, r.position) > (:file, :position)
    ORDER BY r.file, r.position
    LIMIT :limit
""")


async def imports(connection: AsyncConnection, question: AskImports) -> Imports:
    at, before = place(question.after, "imports") if question.after else (None, None)
    asked = {
        **question.model_dump(include={"user", "ending"}),
        "running": Status.RUNNING,
        "archive": Kind.ARCHIVE,
        "at": at,
        "before": before,
        "limit": question.limit + 1,
    }
    rows = list(await connection.execute(_IMPORTS, asked))
    kept = rows[: question.limit]
    files = await _files(connection, kept) if question.files else {}
    return Imports(
        imports=tuple(_import(row, files.get((row.user_id, row.number), ())) for row in kept),
        next=cursor(kept[-1].started_at, kept[-1].job) if len(rows) > len(kept) else None,
    )


async def rejects(connection: AsyncConnection, question: AskRejects) -> Rejects:
    file, position = _cursor(question.after) if question.after else (-1, 0)
    asked = {"user": question.user, "job": question.job, "file": file, "position": position}
    found = list(await connection.execute(_REJECTS, asked | {"limit": question.limit + 1}))
    kept = found[: question.limit]
    last = kept[-1] if len(found) > len(kept) else None
    return Rejects(
        rejects=tuple(RejectRow(file=row.file or "", position=row.position, reason=row.reason) for row in kept),
        next=f"{last.number}:{last.position}" if last else None,
    )


async def _files(
    connection: AsyncConnection, rows: Collection[Row[tuple[object, ...]]]
) -> dict[tuple[UserId, int], list[ImportFile]]:
    asked = {"users": [row.user_id for row in rows], "numbers": [row.number for row in rows]}
    found: dict[tuple[UserId, int], list[ImportFile]] = defaultdict(list)
    for row in await connection.execute(_FILES, asked):
        file = ImportFile(name=row.name, rows=row.rows, buckets=_buckets(row), error=row.error)
        found[row.user_id, row.number].append(file)
    return found


def _import(row: Row[tuple[object, ...]], files: Collection[ImportFile]) -> ImportRow:
    known = {name: value for name, value in row._asdict().items() if name in ImportRow.model_fields}
    more = {"user": str(row.user_id), "buckets": _buckets(row), "files": files, "progress": _progress(row)}
    return ImportRow.model_validate(known | more)


def _progress(row: Row[tuple[object, ...]]) -> Progress | None:
    if row.finished_at is not None or row.number is None:
        return None
    known = row._asdict()
    return progress(Import(**{each: known[each] for each in _STANDING}))


def _buckets(row: Row[tuple[object, ...]]) -> Buckets:
    return Buckets(**{each: int(getattr(row, each)) for each in _BUCKETS})


def _cursor(text: str) -> tuple[int, int]:
    file, _, position = text.partition(":")
    try:
        return int(file), int(position)
    except ValueError as error:
        raise DataRefused("`after` is no cursor of a page of rejects") from error
