"""A listener's plays with what the catalogue knows of them, page by page."""

from datetime import UTC, datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.errors import DataRefused
from spindle.recorder.logic.sightings import milliseconds
from spindle.recorder.store.applying import SHORT
from spindle.shared.messages.ask import AskPlays, PlayRow, Plays
from spindle.shared.spotify.plays import EPOCH, MILLISECOND

# A play is reported as its first sighting tells it, so that the order in which facts arrived does not show. Of several
# exports the more exact one tells how it came about.
_SQL = """
    SELECT p.played_at, p.track_id, coalesce(t.name, '') AS track, b.name AS album, t.duration_ms, p.ms_played,
           s.source, s.job, p.ms_played < {short} AS short, r.*,
           ARRAY(SELECT a.name FROM track_artists AS ta JOIN artists AS a ON a.artist_id = ta.artist_id
                 WHERE ta.track_id = p.track_id ORDER BY ta.position) AS artists
    FROM (SELECT * FROM plays
          WHERE user_id = CAST(:user AS uuid)
            AND (played_at, track_id) > (CAST(:after AS timestamptz), CAST(:after_track AS text))
            AND played_at >= CAST(:since AS timestamptz) AND played_at < CAST(:until AS timestamptz)
          ORDER BY played_at {way}, track_id {way}
          LIMIT :limit) AS p
    LEFT JOIN LATERAL (
        SELECT i.job AS import_job, i.started_at AS imported_at, o.platform, o.country, o.reason_start, o.reason_end,
               o.shuffle, o.skipped, o.offline, o.private
        FROM (SELECT * FROM import_rows AS own
              WHERE own.user_id = p.user_id AND own.ended_at = p.played_at AND own.track_id = p.track_id
                AND own.play_id IS NULL
              UNION ALL
              SELECT * FROM import_rows AS linked
              WHERE linked.user_id = p.user_id AND linked.play_id = p.play_id) AS o
        JOIN imports AS i ON i.user_id = o.user_id AND i.number = o.import
         AND NOT i.dry_run AND o.ended_at <= i.applied_until
        ORDER BY o.to_the_minute, i.started_at, o.place LIMIT 1) AS r ON p.seen_by <> 1
    JOIN LATERAL (
        SELECT * FROM (
            (SELECT source, job, seen_at, step FROM sightings AS seen
             WHERE seen.user_id = p.user_id AND seen.play_id = p.play_id
             ORDER BY seen_at, job, step LIMIT 1)
            UNION ALL SELECT 'import', r.import_job, r.imported_at, 0 WHERE r.import_job IS NOT NULL) AS any_of_them
        ORDER BY seen_at, job, step LIMIT 1) AS s ON true
    LEFT JOIN tracks AS t ON t.track_id = p.track_id
    LEFT JOIN albums AS b ON b.album_id = t.album_id
    ORDER BY p.played_at {way}, p.track_id {way}
"""
_OLDEST_FIRST = text(_SQL.format(way="ASC", short=SHORT))
_NEWEST_FIRST = text(_SQL.format(way="DESC", short=SHORT))

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


async def plays(connection: AsyncConnection, question: AskPlays) -> Plays:
    """From `since` on, until before `until`. With `latest` there is no next page."""
    at, track = _cursor(question.after) if question.after else (_EVER, "")
    asked = {
        "user": question.user,
        "since": question.since or _EVER,
        "until": question.until or _NEVER,
        "after": at,
        "after_track": track,
        "limit": question.limit + (not question.latest),
    }
    found = list(await connection.execute(_NEWEST_FIRST if question.latest else _OLDEST_FIRST, asked))
    if question.latest:
        return Plays(plays=tuple(map(_play, reversed(found))))
    kept = found[: question.limit]
    return Plays(plays=tuple(map(_play, kept)), next=_after(kept[-1]) if len(found) > len(kept) else None)


def _play(row: Row[tuple[object, ...]]) -> PlayRow:
    known = row._asdict()
    if known["import_job"] is None:
        return PlayRow.model_validate(known | {"short": False})
    return PlayRow.model_validate(known | {"circumstances": known})


def _after(row: Row[tuple[object, ...]]) -> str:
    return f"{milliseconds(row.played_at)}@{row.track_id}"


def _cursor(text: str) -> tuple[datetime, str]:
    number, found, track = text.partition("@")
    try:
        at = EPOCH + int(number) * MILLISECOND
    except (ValueError, OverflowError) as error:
        raise DataRefused("`after` is no cursor of a page of plays") from error
    if not found:
        raise DataRefused("`after` is no cursor of a page of plays")
    return at, track
