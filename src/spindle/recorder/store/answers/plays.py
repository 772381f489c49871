"""A listener's plays with what the catalogue knows of them, page by page."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.errors import DataRefused
from spindle.recorder.logic.sightings import milliseconds
from spindle.recorder.store.answers.finding import CIRCUMSTANCES, search
from spindle.recorder.store.applying import SHORT
from spindle.shared.messages.ask import AskPlays, PlayRow, Plays
from spindle.shared.spotify.plays import EPOCH, MILLISECOND

# A play is reported as its first sighting tells it, so that the order in which facts arrived does not show.
_TOLD = """
    SELECT p.played_at, p.track_id, coalesce(t.name, '') AS track, b.name AS album, t.duration_ms, p.ms_played,
           s.source, s.job, p.ms_played < {short} AS short, r.*,
           b.album_id, coalesce(n.names, '{{}}') AS artists, coalesce(n.ids, '{{}}') AS artist_ids
    FROM ({found}) AS p
    LEFT JOIN LATERAL ({circumstances}) AS r ON p.seen_by <> 1
    JOIN LATERAL (
        SELECT * FROM (
            (SELECT source, job, seen_at, step FROM sightings AS seen
             WHERE seen.user_id = p.user_id AND seen.play_id = p.play_id
             ORDER BY seen_at, job, step LIMIT 1)
            UNION ALL SELECT 'import', r.import_job, r.imported_at, 0 WHERE r.import_job IS NOT NULL) AS any_of_them
        ORDER BY seen_at, job, step LIMIT 1) AS s ON true
    LEFT JOIN tracks AS t ON t.track_id = p.track_id
    LEFT JOIN albums AS b ON b.album_id = t.album_id
    JOIN LATERAL (
        SELECT array_agg(a.name ORDER BY ta.position) AS names, array_agg(a.artist_id ORDER BY ta.position) AS ids
        FROM track_artists AS ta JOIN artists AS a ON a.artist_id = ta.artist_id
        WHERE ta.track_id = p.track_id) AS n ON true
    ORDER BY p.played_at, p.track_id
"""

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


async def plays(connection: AsyncConnection, question: AskPlays) -> Plays:
    """From `since` on, until before `until`."""
    wanted = await search(connection, question)
    at, track = _cursor(question.after) if question.after else (_EVER, "")
    asked = wanted.named | {
        "since": max(question.since or _EVER, _EVER),
        "until": min(question.until or _NEVER, _NEVER),
        "after": at,
        "after_track": track,
        "most": question.limit + 1,
    }
    told = _TOLD.format(found=wanted.found, circumstances=CIRCUMSTANCES, short=SHORT)
    found = list(await connection.execute(text(told), asked))
    if len(found) > question.limit:
        kept = found[1:] if question.latest else found[:-1]
        return Plays(plays=_plays(kept), next=_after(kept[0] if question.latest else kept[-1]))
    last = (await connection.execute(wanted.last, asked)).one_or_none() if wanted.last is not None else None
    if last is None:
        return Plays(plays=_plays(found))
    return Plays(plays=_plays(found), next=_after(last), looked_at=last.played_at)


def _plays(rows: Sequence[Row[tuple[object, ...]]]) -> tuple[PlayRow, ...]:
    return tuple(map(_play, rows))


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
