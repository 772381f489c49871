"""Plays and who saw them. What is known already costs a reading and no write.

All of it runs under the locks of the listeners, so that what was read stays true until it is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import uuid_utils
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.plays import PlayKey, Sighting
from spindle.recorder.logic.twins import Side
from spindle.recorder.store.bulk import slices
from spindle.shared.ids import UserId

# What an API source would call a play: its sightings are told apart by it.
_NATURAL_KEY = "v.track_id || '@' || CAST(extract(epoch FROM v.played_at) * 1000 AS bigint)"

_UNSEEN = text(f"""
    SELECT v.n, CAST(p.play_id AS text), v.context COLLATE "C" > coalesce(p.context, ''), p.seen_by
    FROM unnest(CAST(:users AS uuid[]), CAST(:ends AS timestamptz[]), CAST(:tracks AS text[]), CAST(:sources AS text[]),
                CAST(:seen AS timestamptz[]), CAST(:jobs AS text[]), CAST(:steps AS int[]), CAST(:contexts AS text[]))
         WITH ORDINALITY AS v (user_id, played_at, track_id, source, seen_at, job, step, context, n)
    LEFT JOIN plays AS p ON p.user_id = v.user_id AND p.played_at = v.played_at AND p.track_id = v.track_id
    LEFT JOIN sightings AS s ON s.user_id = v.user_id AND s.source = v.source AND s.natural_key = {_NATURAL_KEY}
    WHERE p.play_id IS NULL OR s.play_id IS NULL
       OR (v.seen_at, v.job COLLATE "C", v.step) < (s.seen_at, s.job, s.step)
       OR v.context COLLATE "C" > coalesce(p.context, '')
""")  # noqa: S608

_INSERT = text("""
    INSERT INTO plays (user_id, play_id, played_at, track_id, context)
    SELECT * FROM unnest(CAST(:users AS uuid[]), CAST(:ids AS uuid[]), CAST(:ends AS timestamptz[]),
                         CAST(:tracks AS text[]), CAST(:contexts AS text[]))
    ON CONFLICT (user_id, played_at, track_id) DO NOTHING
    RETURNING CAST(play_id AS text)
""")

_SIGHT = text(f"""
    INSERT INTO sightings AS s (user_id, source, natural_key, play_id, job, step, seen_at)
    SELECT v.user_id, v.source, {_NATURAL_KEY}, v.play_id, v.job, v.step, v.seen_at
    FROM unnest(CAST(:users AS uuid[]), CAST(:ends AS timestamptz[]), CAST(:tracks AS text[]), CAST(:sources AS text[]),
                CAST(:seen AS timestamptz[]), CAST(:jobs AS text[]), CAST(:steps AS int[]), CAST(:ids AS uuid[]))
         AS v (user_id, played_at, track_id, source, seen_at, job, step, play_id)
    ON CONFLICT (user_id, source, natural_key)
    DO UPDATE SET job = excluded.job, step = excluded.step, seen_at = excluded.seen_at
    WHERE (excluded.seen_at, excluded.job, excluded.step) < (s.seen_at, s.job, s.step)
""")  # noqa: S608

_IMPROVE = text("""
    UPDATE plays AS p SET context = v.context
    FROM unnest(CAST(:users AS uuid[]), CAST(:ids AS uuid[]), CAST(:contexts AS text[]))
         AS v (user_id, play_id, context)
    WHERE p.user_id = v.user_id AND p.play_id = v.play_id AND v.context COLLATE "C" > coalesce(p.context, '')
""")


_SHOWN = text(f"""
    UPDATE plays AS p SET seen_by = p.seen_by | {Side.API}
    FROM unnest(CAST(:users AS uuid[]), CAST(:ids AS uuid[])) AS v (user_id, play_id)
    WHERE p.user_id = v.user_id AND p.play_id = v.play_id
""")  # noqa: S608

_LATEST = text("SELECT max(played_at) FROM plays WHERE user_id = CAST(:user AS uuid)")


@dataclass(frozen=True)
class Found:
    """What a batch of sightings added."""

    new: set[PlayKey]
    """Plays that were not there."""
    unseen: tuple[PlayKey, ...]
    """All that the API had not shown before: the new ones, and those that only an import had brought."""


async def record(connection: AsyncConnection, seen: Sequence[Sighting]) -> Found:
    """Writes what these sightings add to what is known.

    Nearly all that polls see is known (50 plays, one of them new), so that is asked before anything is tried.
    """
    known: dict[PlayKey, str] = {}
    unseen: list[Sighting] = []
    better: list[Sighting] = []
    imported: dict[PlayKey, str] = {}
    for part in slices(seen):
        for n, play, improves, seen_by in await connection.execute(_UNSEEN, _rows(part) | _contexts(part)):
            sighting = part[n - 1]
            unseen.append(sighting)
            if play is not None:
                known[sighting.key] = play
                if improves:
                    better.append(sighting)
                if not seen_by & Side.API:
                    imported[sighting.key] = play
    new = await _insert(connection, [each for each in unseen if each.key not in known])
    for part in slices(unseen):
        ids = [known.get(each.key) or new[each.key] for each in part]
        await connection.execute(_SIGHT, _rows(part) | {"ids": ids})
    await _improve(connection, better, known)
    if imported:
        keys = {"users": [key.user for key in imported], "ids": list(imported.values())}
        await connection.execute(_SHOWN, keys)
    return Found(set(new), (*new, *imported))


async def latest(connection: AsyncConnection, user: UserId) -> datetime | None:
    """When the newest play of a listener ended."""
    found: datetime | None = await connection.scalar(_LATEST, {"user": user})
    return found


async def _insert(connection: AsyncConnection, unknown: Sequence[Sighting]) -> dict[PlayKey, str]:
    """The plays that were not there, with the ids they got."""
    contexts: dict[PlayKey, str] = {}
    for each in unknown:
        contexts[each.key] = max(contexts.get(each.key, ""), each.context or "")
    found: dict[PlayKey, str] = {}
    for part in slices(list(contexts)):
        ids = {str(uuid_utils.uuid7()): key for key in part}
        rows = {
            "users": [key.user for key in part],
            "ids": list(ids),
            "ends": [key.played_at for key in part],
            "tracks": [key.track for key in part],
            "contexts": [contexts[key] or None for key in part],
        }
        found |= {ids[row[0]]: row[0] for row in await connection.execute(_INSERT, rows)}
    return found


async def _improve(connection: AsyncConnection, better: Sequence[Sighting], known: Mapping[PlayKey, str]) -> None:
    if better:
        best: dict[PlayKey, str] = {}
        for each in better:
            best[each.key] = max(best.get(each.key, ""), each.context or "")
        rows = {
            "users": [key.user for key in best],
            "ids": [known[key] for key in best],
            "contexts": list(best.values()),
        }
        await connection.execute(_IMPROVE, rows)


def _contexts(seen: Sequence[Sighting]) -> dict[str, list[str | None]]:
    return {"contexts": [each.context for each in seen]}


def _rows(seen: Sequence[Sighting]) -> dict[str, list[object]]:
    return {
        "users": [each.key.user for each in seen],
        "ends": [each.key.played_at for each in seen],
        "tracks": [each.key.track for each in seen],
        "sources": [str(each.source) for each in seen],
        "seen": [each.seen_at for each in seen],
        "jobs": [each.job for each in seen],
        "steps": [each.step for each in seen],
    }
