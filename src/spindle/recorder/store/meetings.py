"""Plays that the API shows now and an import had brought before: told apart from those that nobody knew."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.logic.plays import PlayKey
from spindle.recorder.store.applying import LONGEST, NEAR
from spindle.recorder.store.plays import Found
from spindle.recorder.store.reunion import reunite
from spindle.shared.ids import UserId

_NEAR_IMPORTS = text("""
    SELECT v.n FROM unnest(CAST(:users AS uuid[]), CAST(:ends AS timestamptz[])) WITH ORDINALITY AS v (user_id, at, n)
    WHERE EXISTS (SELECT FROM import_rows AS r
                  WHERE r.user_id = v.user_id AND r.ended_at >= v.at - CAST(:near AS interval)
                    AND r.ended_at <= v.at + CAST(:far AS interval))
""")


@dataclass(frozen=True)
class Meeting:
    known: frozenset[PlayKey]
    """Plays that an import had brought."""
    more: int
    """Plays that there are now besides the new ones, when an import's row has lost its play to another."""


async def meet(connection: AsyncConnection, found: Found) -> dict[UserId, Meeting]:
    """By listener, of those who have imports near what the API showed for the first time."""
    if not found.unseen:
        return {}
    asked = {
        "users": [key.user for key in found.unseen],
        "ends": [key.played_at for key in found.unseen],
        "near": NEAR,
        "far": LONGEST + NEAR,
    }
    near: dict[UserId, list[PlayKey]] = defaultdict(list)
    for n in (await connection.execute(_NEAR_IMPORTS, asked)).scalars():
        near[found.unseen[n - 1].user].append(found.unseen[n - 1])
    return {user: await _met(connection, user, keys, found.new) for user, keys in sorted(near.items())}


async def _met(connection: AsyncConnection, user: UserId, keys: Iterable[PlayKey], new: set[PlayKey]) -> Meeting:
    ends = [key.played_at for key in keys]
    done = await reunite(connection, user, min(ends), max(ends))
    known = frozenset(PlayKey(user, at, track) for at, track in done.met) & new
    return Meeting(known, len(known) + len(done.added) - len(done.removed))
