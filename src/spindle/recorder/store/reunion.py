"""Bringing together what polls and imports saw of the same plays: read a stretch of time, judge it, write what follows.

All of it under the listener's lock.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.placing import Placed, placed
from spindle.recorder.logic.sightings import Known, Play, Row
from spindle.recorder.store.applying import LONGEST, NEAR
from spindle.recorder.store.bulk import slices
from spindle.shared.ids import UserId

_PLAYS = text("""
    SELECT CAST(p.play_id AS text) AS play_id, p.played_at, p.track_id, p.ms_played, p.seen_by FROM plays AS p
    WHERE p.user_id = CAST(:user AS uuid)
      AND p.played_at >= CAST(:earliest AS timestamptz) AND p.played_at <= CAST(:latest AS timestamptz)
""")

# A dry run's rows and those that are not applied yet have seen nothing.
_ROWS = text("""
    SELECT r.ended_at, r.import AS number, r.place, r.file, r.ms_played, r.to_the_minute, r.track_id, r.started_at,
           CAST(r.play_id AS text) AS play_id, r.import = :number AND r.place = ANY(CAST(:places AS int[])) AS entering
    FROM import_rows AS r JOIN imports AS i ON i.user_id = r.user_id AND i.number = r.import
    WHERE r.user_id = CAST(:user AS uuid)
      AND r.ended_at >= CAST(:earliest AS timestamptz) AND r.ended_at <= CAST(:latest AS timestamptz)
      AND (NOT i.dry_run AND r.ended_at <= i.applied_until
           OR r.import = :number AND r.place = ANY(CAST(:places AS int[])))
""")

_SONGS = text("SELECT track_id, song FROM songs WHERE track_id = ANY(CAST(:tracks AS text[]))")

_REMOVE = text("""
    DELETE FROM plays WHERE user_id = CAST(:user AS uuid) AND play_id = ANY(CAST(:ids AS uuid[]))
""")

_CHANGE = text("""
    UPDATE plays AS p
    SET ms_played = v.ms_played, seen_by = v.seen_by
    FROM unnest(CAST(:ids AS uuid[]), CAST(:ends AS timestamptz[]), CAST(:tracks AS text[]), CAST(:played AS int[]),
                CAST(:sides AS int[])) AS v (play_id, played_at, track_id, ms_played, seen_by)
    WHERE p.user_id = CAST(:user AS uuid) AND p.play_id = v.play_id
""")

_ADD = text("""
    INSERT INTO plays (user_id, play_id, played_at, track_id, ms_played, seen_by)
    SELECT CAST(:user AS uuid), *
    FROM unnest(CAST(:ids AS uuid[]), CAST(:ends AS timestamptz[]), CAST(:tracks AS text[]), CAST(:played AS int[]),
                CAST(:sides AS smallint[]))
""")

_LINK = text("""
    UPDATE import_rows AS r SET play_id = v.play_id
    FROM unnest(CAST(:ends AS timestamptz[]), CAST(:imports AS int[]), CAST(:places AS int[]), CAST(:ids AS uuid[]))
         AS v (ended_at, import, place, play_id)
    WHERE r.user_id = CAST(:user AS uuid) AND r.ended_at = v.ended_at AND r.import = v.import AND r.place = v.place
""")


@dataclass(frozen=True)
class Entering:
    """Rows of an import that have seen nothing yet."""

    number: int
    places: Collection[int]


NOBODY = Entering(0, ())

_REPEATED = timedelta(days=2)
"""For how long a song may have been on repeat, at least, so that its plays are still judged together."""


async def reunite(
    connection: AsyncConnection, user: UserId, earliest: datetime, latest: datetime, entering: Entering = NOBODY
) -> Placed:
    """Settle which plays there are around these times. Returns what it took."""
    earliest, latest, context = earliest - NEAR, latest + NEAR, LONGEST
    done = placed(await _known(connection, user, earliest - context, latest + context, entering), earliest, latest)
    while done.reach > context - NEAR and context < _REPEATED:
        context *= 2
        done = placed(await _known(connection, user, earliest - context, latest + context, entering), earliest, latest)
    await _write(connection, user, done)
    return done


async def _known(
    connection: AsyncConnection, user: UserId, earliest: datetime, latest: datetime, entering: Entering
) -> Known:
    between = {"user": user, "earliest": earliest, "latest": latest}
    plays = list(await connection.execute(_PLAYS, between))
    rows = await connection.execute(_ROWS, between | {"number": entering.number, "places": list(entering.places)})
    told = [Row(**row._asdict()) for row in rows]
    tracks = sorted({row.track_id for row in plays} | {row.track_id for row in told})
    songs: dict[str, set[str]] = defaultdict(set)
    for row in await connection.execute(_SONGS, {"tracks": tracks}):
        songs[row.track_id].add(row.song)
    return Known(
        plays=[Play(row.play_id, row.played_at, row.track_id, row.ms_played, row.seen_by) for row in plays],
        rows=told,
        songs={track: frozenset(names) for track, names in songs.items()},
    )


async def _write(connection: AsyncConnection, user: UserId, done: Placed) -> None:
    for part in slices(done.removed):
        await connection.execute(_REMOVE, {"user": user, "ids": list(part)})
    for plays, statement in ((done.changed, _CHANGE), (done.added, _ADD)):
        for some in slices(plays):
            await connection.execute(statement, {"user": user} | _columns(some))
    for links in slices(done.linked):
        rows = {
            "ends": [row.ended_at for row, _ in links],
            "imports": [row.number for row, _ in links],
            "places": [row.place for row, _ in links],
            "ids": [play for _, play in links],
        }
        await connection.execute(_LINK, {"user": user} | rows)


def _columns(plays: Collection[Play]) -> dict[str, object]:
    return {
        "ids": [each.play_id for each in plays],
        "ends": [each.played_at for each in plays],
        "tracks": [each.track_id for each in plays],
        "played": [each.ms_played for each in plays],
        "sides": [each.seen_by for each in plays],
    }
