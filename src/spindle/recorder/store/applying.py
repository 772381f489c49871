"""Turning staged rows into plays where nobody else has seen anything: sets of rows, no row by itself.

A portion is the rows of an import that ended after `after` and until `until`. An id of a play that an import brought
begins with its time, so that the index of ids grows where it grew last.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.imports import Import, Sums
from spindle.recorder.logic.twins import Side

SHORT = 30_000
"""Milliseconds; below it a play is flagged, and the API does not show it (facts.md §1.3)."""

NEAR = timedelta(minutes=3)
"""How far apart, at most, the ends of one play may have been seen, whatever they were cut to."""
LONGEST = timedelta(hours=3)
"""How far before its end, by the rule for played_at that is a START, a play may have been seen, nearly."""

AT_ONCE = 5000
"""Rows in a transaction: a tenth of a second, for which the polls of this one listener wait."""

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)

PLAY_ID = """
    CAST(lpad(to_hex(CAST(extract(epoch FROM r.ended_at) * 1000 AS bigint)), 12, '0')
         || substr(md5(r.track_id || '@' || r.ms_played), 13) AS uuid)
"""

_PORTION = """
    r.user_id = CAST(:user AS uuid) AND r.import = :number
    AND r.ended_at > CAST(:after AS timestamptz) AND r.ended_at <= CAST(:until AS timestamptz)
"""

_COUNT = text(f"""
    SELECT r.file, count(*) FILTER (WHERE r.ms_played >= {SHORT}) AS new, count(*) FILTER (WHERE r.ms_played < {SHORT})
    FROM import_rows AS r WHERE {_PORTION} GROUP BY r.file
""")  # noqa: S608

_LOOK = text(f"""
    SELECT
      EXISTS (SELECT FROM import_rows AS o
              WHERE o.user_id = CAST(:user AS uuid) AND o.import <> :number
                AND o.ended_at >= CAST(:earliest AS timestamptz) AND o.ended_at <= CAST(:latest AS timestamptz))
      OR EXISTS (SELECT FROM plays AS p
                 WHERE p.user_id = CAST(:user AS uuid) AND p.seen_by & {Side.API} <> 0
                   AND p.played_at >= CAST(:earliest AS timestamptz) AND p.played_at <= CAST(:latest AS timestamptz))
      OR EXISTS (SELECT FROM import_rows AS b
                 WHERE b.user_id = CAST(:user AS uuid) AND b.import = :number
                   AND b.ended_at >= CAST(:before AS timestamptz) AND b.ended_at <= CAST(:after AS timestamptz))
      OR EXISTS (SELECT FROM import_rows AS r WHERE {_PORTION}
                 GROUP BY GROUPING SETS ((r.track_id, r.ended_at), (r.track_id, r.started_at))
                 HAVING count(*) > 1 AND num_nonnulls(r.ended_at, r.started_at) > 0)
      OR (SELECT count(DISTINCT r.to_the_minute) > 1 FROM import_rows AS r WHERE {_PORTION})
      OR EXISTS (SELECT FROM (SELECT array_agg(DISTINCT r.track_id) AS tracks FROM import_rows AS r
                              WHERE {_PORTION} AND r.started_at IS NOT NULL
                              GROUP BY r.started_at HAVING min(r.track_id) <> max(r.track_id)) AS begun
                 WHERE (SELECT count(*) > count(DISTINCT song)
                        FROM (SELECT track_id, song FROM songs WHERE track_id = ANY(begun.tracks)
                              UNION SELECT t, t FROM unnest(begun.tracks) AS t) AS names))
""")  # noqa: S608

_INSERT = text(f"""
    INSERT INTO plays (user_id, play_id, played_at, track_id, ms_played, seen_by)
    SELECT r.user_id, {PLAY_ID}, r.ended_at, r.track_id, r.ms_played,
           CASE WHEN r.to_the_minute THEN {Side.ACCOUNT} ELSE {Side.EXTENDED} END
    FROM import_rows AS r WHERE {_PORTION}
    ORDER BY r.ended_at
""")  # noqa: S608


@dataclass(frozen=True)
class Portion:
    stands: Import
    after: datetime
    until: datetime

    @property
    def named(self) -> dict[str, object]:
        return {
            "user": self.stands.user_id,
            "number": self.stands.number,
            "after": self.after,
            "until": self.until,
        }


async def alone(connection: AsyncConnection, portion: Portion, first: datetime) -> bool:
    """Whether nobody has seen anything near these rows, and none of them can be another one's twin."""
    near = {"earliest": first - LONGEST - NEAR, "latest": portion.until + NEAR, "before": first - NEAR}
    return not await connection.scalar(_LOOK, portion.named | near)


async def insert(connection: AsyncConnection, portion: Portion) -> dict[int, Sums]:
    """Every row is a play. Returns what they count for, by file."""
    await connection.execute(_INSERT, portion.named)
    found = await connection.execute(_COUNT, portion.named)
    return {row[0]: Sums(new=row[1], short=row[2]) for row in found}


# Row by row, whatever the planner believes: rows that have just come are not in its statistics, and a join of sets that
# it takes for small ones takes minutes.
_KNOWN = text(f"""
    WITH known AS (
        SELECT r.ctid AS row, r.file, o.play_id
        FROM import_rows AS r CROSS JOIN LATERAL (
            SELECT o.play_id FROM import_rows AS o JOIN imports AS i ON i.user_id = o.user_id AND i.number = o.import
            WHERE o.user_id = r.user_id AND o.ended_at = r.ended_at AND o.import <> r.import
              AND o.track_id = r.track_id AND o.ms_played = r.ms_played AND NOT o.to_the_minute
              AND o.started_at IS NOT DISTINCT FROM r.started_at
              AND NOT i.dry_run AND o.ended_at <= i.applied_until
            ORDER BY o.import LIMIT 1) AS o
        WHERE NOT r.to_the_minute AND {_PORTION}
    ), linked AS (
        UPDATE import_rows AS r SET play_id = known.play_id FROM known
        WHERE r.ctid = known.row AND known.play_id IS NOT NULL
    )
    SELECT file, count(*) AS known,
           (SELECT count(*) FROM import_rows AS r WHERE {_PORTION}) - (SELECT count(*) FROM known) AS unknown
    FROM known GROUP BY file
""")  # noqa: S608

_PLACES = text(f"SELECT r.place, r.file, r.ms_played FROM import_rows AS r WHERE {_PORTION}")  # noqa: S608


@dataclass(frozen=True)
class Member:
    """A row of a portion."""

    file: int
    ms_played: int


async def all_known(connection: AsyncConnection, portion: Portion) -> dict[int, Sums] | None:
    """What they count for, by file, when earlier imports have brought all of these rows just so.

    Whichever were, are sightings of the same plays from now on.
    """
    found = list(await connection.execute(_KNOWN, portion.named))
    if not found or found[0].unknown:
        return None
    return {row.file: Sums(duplicate=row.known) for row in found}


async def members(connection: AsyncConnection, portion: Portion) -> dict[int, Member]:
    """Its rows, by place."""
    found = await connection.execute(_PLACES, portion.named)
    return {row[0]: Member(row[1], row[2]) for row in found}
