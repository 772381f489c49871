"""Which plays are looked for: statements that find one page of them, and how far a page looks.

What is known of a track is turned into tracks first, and an index finds their plays. Anything else is looked at play by
play, so many at most: a search that finds nothing must come to an end.
"""

from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.search import pattern
from spindle.recorder.logic.twins import Side
from spindle.recorder.store.applying import SHORT
from spindle.shared.messages.ask import AskPlays
from spindle.shared.messages.plays import Source

_LOOK = 50_000
_LOOK_CLOSELY = 10_000
"""Where each play costs another reading."""

# Of several exports the more exact one tells how a play came about.
CIRCUMSTANCES = """
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
    ORDER BY o.to_the_minute, i.started_at, o.place LIMIT 1
"""

_BETWEEN = """
    FROM plays AS p
    WHERE p.user_id = CAST(:user AS uuid)
      AND p.played_at >= CAST(:since AS timestamptz) AND p.played_at < CAST(:until AS timestamptz)
"""
_BEYOND = {
    "ASC": " AND (p.played_at, p.track_id) > (CAST(:after AS timestamptz), CAST(:after_track AS text))",
    "DESC": " AND (p.played_at, p.track_id) < (CAST(:after AS timestamptz), CAST(:after_track AS text))",
}
_OF_TRACKS = " AND p.track_id = ANY(CAST(:tracks AS text[]))"

# In coalesce(…) it is asked once, into a hash: as a join, of a listener of whom the planner has no figures yet, it was
# asked again for every play.
_NAMED = """
    coalesce(p.track_id IN (
        SELECT t.track_id FROM (SELECT DISTINCT track_id FROM looked) AS heard JOIN tracks AS t USING (track_id)
        LEFT JOIN albums AS b USING (album_id)
        WHERE t.name ~ :pattern OR b.name ~ :pattern
           OR EXISTS (SELECT FROM track_artists AS ta JOIN artists AS a USING (artist_id)
                      WHERE ta.track_id = t.track_id AND a.name ~ :pattern)), false)
"""
_IMPORTED = f"p.seen_by & {Side.EXTENDED | Side.ACCOUNT} <> 0"
_SIGHTED = """
    EXISTS (SELECT FROM sightings AS s WHERE s.user_id = p.user_id AND s.play_id = p.play_id AND s.source = :source
            OFFSET 0)
"""
"""Play by play (OFFSET 0): few are looked at, of many."""
_COUNTS = """
    coalesce(coalesce(p.ms_played, (SELECT t.duration_ms FROM tracks AS t WHERE t.track_id = p.track_id))
             >= CAST(:at_least AS int) * 1000, true)
"""
_SHORT = f"coalesce(p.ms_played < {SHORT}, false) = CAST(:short AS boolean)"
_SKIPPED = f"p.seen_by <> 1 AND (SELECT r.skipped FROM ({CIRCUMSTANCES}) AS r) = CAST(:skipped AS boolean)"

_TRACKS = {
    "track": "SELECT CAST(:track AS text)",
    "artist": """
        SELECT ta.track_id FROM artists AS x JOIN artists AS a ON a.name = x.name
        JOIN track_artists AS ta ON ta.artist_id = a.artist_id WHERE x.artist_id = :artist
    """,
    "album": """
        WITH firsts AS (
            SELECT t.track_id, t.album_id, a.name AS artist
            FROM albums AS x JOIN albums AS b ON b.name = x.name JOIN tracks AS t ON t.album_id = b.album_id
            LEFT JOIN track_artists AS ta ON ta.track_id = t.track_id AND ta.position = 0
            LEFT JOIN artists AS a ON a.artist_id = ta.artist_id
            WHERE x.album_id = :album
        )
        SELECT track_id FROM firsts
        WHERE coalesce(artist, '') IN (SELECT coalesce(artist, '') FROM firsts WHERE album_id = :album)
    """,
}
"""The tracks of an artist or album: by name, because one may have an id of Spotify's and one of ours."""


@dataclass(frozen=True)
class Search:
    """How the plays of a question are found: statements that know what they are asked for by these names."""

    found: str
    """Whole plays, as many as a page may hold and one more."""
    last: TextClause | None
    """The last play that a page looks at; none when it looks until the end."""
    named: dict[str, object]


async def search(connection: AsyncConnection, question: AskPlays) -> Search:
    asked = {name: value for name, value in dict(question).items() if value is not None}
    found = [name for name in _TRACKS if name in asked]
    if found:
        tracks = text(" INTERSECT ".join(f"({_TRACKS[name]})" for name in found))
        asked["tracks"] = list((await connection.execute(tracks, {name: asked[name] for name in found})).scalars())
    kept, far = _kept(question)
    between = _BETWEEN + (_BEYOND[_way(question)] if question.after else "") + (_OF_TRACKS if found else "")
    order = f"ORDER BY p.played_at {_way(question)}, p.track_id {_way(question)}"
    if not kept:
        return Search(f"SELECT p.* {between} {order} LIMIT :most", None, asked)
    looked = f"WITH looked AS MATERIALIZED (SELECT p.* {between} {order} LIMIT {far})"
    return Search(
        f"{looked} SELECT p.* FROM looked AS p WHERE {' AND '.join(kept)} {order} LIMIT :most",
        text(f"SELECT p.played_at, p.track_id {between} {order} OFFSET {far - 1} LIMIT 1"),
        asked | {"pattern": pattern(question.search or "")},
    )


def _way(question: AskPlays) -> str:
    return "DESC" if question.latest else "ASC"


def _kept(question: AskPlays) -> tuple[list[str], int]:
    """What plays are looked at for, and how many of them."""
    sighted = question.source not in (None, Source.IMPORT)
    wanted = {
        _SHORT: question.short is not None,
        _COUNTS: bool(question.at_least),
        _IMPORTED: question.source is Source.IMPORT,
        _NAMED: bool(question.search),
        _SIGHTED: sighted,
        _SKIPPED: question.skipped is not None,
    }
    close = sighted or question.skipped is not None
    return [each for each, is_wanted in wanted.items() if is_wanted], _LOOK_CLOSELY if close else _LOOK
