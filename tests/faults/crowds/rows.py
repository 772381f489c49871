"""What an evening has left behind, without what differs from one to the next: times, and the ids of jobs."""

from collections import Counter
from contextlib import suppress
from typing import Any

from nats.js.errors import NotFoundError

from spindle.shared.ids import Kind

from .crowd import Crowd

Rows = dict[str, list[Any]]

TAKEN_BACK = "kind = 'archive' AND right(user_id::text, 12) IN ('00000000000a', '00000000000b')"
LEFT = {
    "listeners": """
        SELECT user_id, name, account, disconnected_why, removed_at IS NOT NULL FROM users ORDER BY 1""",
    "plays": """
        SELECT user_id, played_at, track_id, ms_played, context, seen_by FROM plays ORDER BY 1, 2, 3""",
    "sightings": """
        SELECT user_id, source, natural_key, details FROM sightings ORDER BY 1, 2, 3""",
    "rows of imports": """
        SELECT user_id, import, place, file, ended_at, ms_played, track_id FROM import_rows ORDER BY 1, 2, 3""",
    "coverage": """
        SELECT user_id, source, proven FROM coverage ORDER BY 1, 2""",
    "checkpoints": """
        SELECT user_id, plays, last_played_at, initial_status, initial_reason, initial_completed_at IS NOT NULL,
            earliest_played_at, poll_error, paused, pauses_sequence > 0
        FROM checkpoints ORDER BY 1""",
    # A step that is delivered twice may call twice; what it brought is counted once. How often those are polled for
    # whom Spotify fails is a matter of time, and so is whether an import was cancelled or had ended and was undone.
    "jobs": f"""
        SELECT user_id, kind, CASE WHEN {TAKEN_BACK} THEN '' ELSE status END,
            CASE WHEN {TAKEN_BACK} THEN '' ELSE reason END, error, CASE kind WHEN 'archive' THEN 0 ELSE steps END
        FROM jobs j WHERE kind <> 'poll' OR right(user_id::text, 12) > '000000000001'
        ORDER BY 1, 2, started_at, job""",
    # Of a poll and an import that meet, either may have been the first; so of an undo and the next import.
    "receipts": """
        SELECT i.user_id, i.number, i.status, i.undone_at IS NOT NULL, f.name, f.rows,
            f.new + f.merged + f.short + CASE WHEN i.number > 1 THEN f.duplicate ELSE 0 END,
            CASE WHEN i.number > 1 THEN 0 ELSE f.duplicate END,
            f.podcast, f.audiobook, f.video, f.no_track, f.invalid, f.first, f.last
        FROM imports i LEFT JOIN import_files f ON f.user_id = i.user_id AND f.import = i.number
        WHERE i.status IS DISTINCT FROM NULL AND right(i.user_id::text, 12) NOT IN ('00000000000a', '00000000000b')
        ORDER BY 1, 2""",
    "totals": """
        SELECT user_id, sum(new) FROM jobs j WHERE NOT EXISTS (SELECT FROM imports i WHERE i.user_id = j.user_id)
        GROUP BY 1 ORDER BY 1""",
}
COUNTED = """
    SELECT c.user_id, c.plays, count(p.play_id) FROM checkpoints c LEFT JOIN plays p USING (user_id)
    GROUP BY 1, 2 HAVING c.plays <> count(p.play_id)
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


async def left_by(at: Crowd) -> Rows:
    return {what: [*await at.rows(query)] for what, query in LEFT.items()}


def differing(expected: Rows, found: Rows) -> Rows:
    """The rows that only one of them has."""
    counted = {what: (Counter(map(repr, expected[what])), Counter(map(repr, found[what]))) for what in expected}
    apart = {what: [*(one - other).elements(), *(other - one).elements()] for what, (one, other) in counted.items()}
    return {what: rows for what, rows in apart.items() if rows}


async def lying(at: Crowd) -> list[str]:
    """The subjects of all steps and facts."""
    streams = [await at.js.stream_info(stream, subjects_filter=">") for stream in ("commands", "facts")]
    return sorted(subject for stream in streams for subject in stream.state.subjects or {})


async def told(at: Crowd) -> Counter[str]:
    """How often there is an event of each identity."""
    state = (await at.js.stream_info("events")).state
    identities: Counter[str] = Counter()
    for number in range(state.first_seq, state.last_seq + 1):
        with suppress(NotFoundError):
            message = await at.js.get_msg("events", seq=number)
            identities[(message.headers or {})["Nats-Msg-Id"]] += 1
    return identities


def finished(identities: Counter[str]) -> Counter[str]:
    """How often it was told of each job that people follow that it has ended."""
    jobs = (identity.split(":")[0] for identity in identities.elements() if identity.endswith(":finished"))
    return Counter(job for job in jobs if not job.startswith(Kind.POLL))


async def ended(at: Crowd) -> Counter[str]:
    """Each of them that has, once."""
    query = "SELECT job FROM jobs WHERE kind <> 'poll' AND finished_at IS NOT NULL"
    return Counter(str(job) for (job,) in await at.rows(query))


async def unanswered(at: Crowd, identities: Counter[str]) -> set[int]:
    """The numbers of controls."""
    asked = (await at.js.stream_info("control")).state.last_seq
    return {number for number in range(1, asked + 1) if f"control:{number}" not in identities}
