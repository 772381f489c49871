"""Ranking what a listener heard: texts of relations, to be read where `heard` is one of (track_id, plays, ms,
plays_before, ms_before).

The same artist may have two ids, as may an album: one of Spotify's, and one of ours from an export, which tells names
only. So both go by their names, an album by that of its track's first artist too; Spotify's ids sort last.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from spindle.shared.messages.ask import Ranked, TopRow


@dataclass(frozen=True)
class Kind:
    sums: str
    """Of (key, id, plays, ms, plays_before, ms_before): what was heard, by what is told apart."""
    name: str
    """Of a row r of them."""
    members: str
    """Of (key, track_id): every track of the keys of a page, whenever it was heard, if ever."""


_SUMS = ", ".join(f"sum({each})::bigint AS {each}" for each in ("plays", "ms", "plays_before", "ms_before"))

# By ids before by names: there are more of them, but they are shorter.
KINDS = {
    Ranked.TRACKS: Kind(
        sums="SELECT track_id AS key, track_id AS id, plays, ms, plays_before, ms_before FROM heard",
        name="coalesce((SELECT t.name FROM tracks AS t WHERE t.track_id = r.key), '')",
        members="SELECT key, key AS track_id FROM page",
    ),
    Ranked.ARTISTS: Kind(
        sums=f"""
            SELECT a.name AS key, max(artist_id) AS id, {_SUMS}
            FROM (SELECT artist_id, {_SUMS} FROM heard JOIN track_artists USING (track_id) GROUP BY artist_id) AS by_id
            JOIN artists AS a USING (artist_id) GROUP BY a.name
        """,
        name="r.key",
        members="""
            SELECT DISTINCT k.key, ta.track_id FROM page AS k
            JOIN artists AS a ON a.name = k.key JOIN track_artists AS ta USING (artist_id)
        """,
    ),
    Ranked.ALBUMS: Kind(
        sums=f"""
            SELECT jsonb_build_array(b.name, a.name)::text AS key, max(album_id) AS id, {_SUMS}
            FROM (SELECT t.album_id, ta.artist_id, {_SUMS}
                  FROM heard JOIN tracks AS t USING (track_id)
                  LEFT JOIN track_artists AS ta ON ta.track_id = t.track_id AND ta.position = 0
                  WHERE t.album_id IS NOT NULL GROUP BY t.album_id, ta.artist_id) AS by_id
            JOIN albums AS b USING (album_id) LEFT JOIN artists AS a USING (artist_id) GROUP BY b.name, a.name
        """,
        name="r.key::jsonb ->> 0",
        members="""
            SELECT k.key, t.track_id FROM page AS k
            JOIN albums AS b ON b.name = k.key::jsonb ->> 0 JOIN tracks AS t USING (album_id)
            LEFT JOIN track_artists AS ta ON ta.track_id = t.track_id AND ta.position = 0
            LEFT JOIN artists AS a ON a.artist_id = ta.artist_id
            WHERE a.name IS NOT DISTINCT FROM k.key::jsonb ->> 1
        """,
    ),
}

# Few are told of many: so those are taken first that may be among them, and put in order then. Names are looked up of
# those only that they decide between.
_RANKED = """
    WITH last AS (
        SELECT plays, ms FROM {sums} WHERE plays > 0
        ORDER BY plays DESC, ms DESC LIMIT 1 OFFSET CAST(:skip AS int) + CAST(:limit AS int) - 1
    ), first AS (
        SELECT r.*, rank() OVER (ORDER BY plays DESC, ms DESC) AS place FROM {sums} AS r
        WHERE plays > 0 AND coalesce((plays, ms) >= (SELECT plays, ms FROM last), true)
    ), page AS MATERIALIZED (
        SELECT * FROM (
            SELECT n.*, place - 1 + row_number() OVER (PARTITION BY place ORDER BY name, key) AS rank
            FROM (SELECT r.*, ({name}) COLLATE "C" AS name FROM first AS r) AS n) AS near
        WHERE rank > CAST(:skip AS int) ORDER BY rank LIMIT :limit
    ), least AS (
        SELECT plays_before, ms_before FROM page WHERE plays_before > 0 ORDER BY plays_before, ms_before LIMIT 1
    ), first_before AS (
        SELECT r.*, rank() OVER (ORDER BY plays_before DESC, ms_before DESC) AS place_before FROM {sums} AS r
        WHERE plays_before > 0 AND (plays_before, ms_before) >= (SELECT plays_before, ms_before FROM least)
    ), earlier AS (
        SELECT key, place_before - 1 + row_number() OVER (PARTITION BY place_before ORDER BY name, key) AS rank_before
        FROM (SELECT r.key, r.place_before, ({name}) COLLATE "C" AS name FROM first_before AS r
              WHERE (plays_before, ms_before) IN (SELECT plays_before, ms_before FROM page)) AS near
    ),
    -- What stands for an album is its track that was heard most.
    members AS MATERIALIZED ({members}),
    best AS (
        SELECT DISTINCT ON (m.key) m.key, m.track_id FROM members AS m JOIN heard AS h USING (track_id)
        ORDER BY m.key, h.plays DESC, h.ms DESC, m.track_id
    ), ends AS (
        SELECT m.key, min(f.played_at) AS first_at, max(l.played_at) AS last_at
        FROM members AS m LEFT JOIN tracks AS t USING (track_id)
        JOIN LATERAL ({ends} ASC LIMIT 1) AS f ON true
        JOIN LATERAL ({ends} DESC LIMIT 1) AS l ON true
        GROUP BY m.key
    )
    SELECT page.*, earlier.rank_before, ends.first_at, ends.last_at, b.name AS album,
           ARRAY(SELECT a.name FROM track_artists AS ta JOIN artists AS a USING (artist_id)
                 WHERE ta.track_id = best.track_id ORDER BY ta.position) AS artists
    FROM page LEFT JOIN earlier USING (key) LEFT JOIN best USING (key) LEFT JOIN ends USING (key)
    LEFT JOIN tracks AS t USING (track_id) LEFT JOIN albums AS b USING (album_id)
"""
_ENDS = """
    SELECT p.played_at FROM plays AS p
    WHERE p.user_id = CAST(:user AS uuid) AND p.track_id = m.track_id
      AND coalesce(coalesce(p.ms_played, t.duration_ms) >= CAST(:least AS int), true)
    ORDER BY p.played_at
"""


def ranking(what: Ranked, sums: str) -> str:
    """Of the rows of a page, `skip` and `limit` long; `sums` is the name of what was summed up."""
    kind = KINDS[what]
    return _RANKED.format(sums=sums, name=kind.name, members=kind.members, ends=_ENDS)


def top(row: Mapping[str, object], what: Ranked, *, compared: bool) -> TopRow:
    told = dict(row)
    if what is Ranked.ARTISTS:
        told["artists"] = ()
    if what is not Ranked.TRACKS:
        told["album"] = None
    return TopRow.model_validate(told if compared else told | {"plays_before": None})
