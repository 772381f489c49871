"""Receipts for programs: what became of every row of an import, in the documented shape."""

from spindle.cli.seeing.shapes import Json, plain
from spindle.shared.messages.ask import ImportRow


def told(row: ImportRow) -> dict[str, Json]:
    """A row of `imports`."""
    return {
        "import": row.job,
        "user": row.user,
        "name": row.name,
        "status": row.status.value,
        "error": row.error,
        "dry_run": row.dry_run,
        "started_at": plain(row.started_at),
        "finished_at": plain(row.finished_at),
        "undone_at": plain(row.undone_at),
        "rows": row.rows,
        "buckets": plain(row.buckets),
        "earliest": plain(row.earliest),
        "latest": plain(row.latest),
        "seconds": seconds(row),
    }


def receipt(row: ImportRow) -> dict[str, Json]:
    """What `import --wait` prints: the same with its files."""
    files = [
        {"name": each.name, "rows": each.rows, "buckets": plain(each.buckets), "error": each.error}
        for each in row.files
    ]
    return {**told(row), "files": files}


def seconds(row: ImportRow) -> float | None:
    """How long it took; None while it runs."""
    return None if row.finished_at is None else (row.finished_at - row.started_at).total_seconds()
