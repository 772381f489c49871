"""Receipts: what became of every row of an import, in a sentence and in the documented shape."""

from spindle.people.shapes import Json, plain
from spindle.people.wording import count
from spindle.shared.messages.ask import ImportRow
from spindle.shared.messages.jobs import Status

MEANT = {
    "merged": "a poll had seen it",
    "duplicate": "an import had brought it",
    "short": "new, and shorter than 30 s",
    "no_track": "a row without a title",
}
"""Of the buckets, those whose names leave a question."""
NOTHING_KEPT = (Status.ERROR, Status.CANCELLED)


def headline(row: ImportRow) -> str:
    took = seconds(row)
    how = {
        Status.RUNNING: "is running",
        Status.SUCCESS: "is complete",
        Status.PARTIAL: "is complete, but for what could not be read",
        Status.ERROR: "failed",
        Status.CANCELLED: "was cancelled: nothing of it was kept",
    }[row.status]
    what = "The dry run" if row.dry_run else "The import"
    if row.status in NOTHING_KEPT:
        return f"{what} for {row.name} {how}."
    rate = f" ({row.rows / took:,.0f} rows/s)" if took and row.rows else ""
    ended = f": {count(row.rows, 'row')} in {took:,.1f} s{rate}" if took is not None and row.rows else ""
    return f"{what} for {row.name} {how}{ended}."


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
        "progress": plain(row.progress),
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
