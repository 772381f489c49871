"""Servers that hold something worth a backup."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from spindle.shared.bus.connection import connect

USER = "019e0000-0000-7000-8000-000000000001"
FILL = f"""
    INSERT INTO users VALUES ('{USER}', 'Zoë, "the" one', 'acc', '2026-01-02 03:04:05.678+01', NULL, NULL, NULL);
    INSERT INTO checkpoints (user_id, plays, paused, pauses_sequence) VALUES ('{USER}', 500, ARRAY['poll', 'a,b'], 41);
    UPDATE users SET authorized_at = '2025-12-31', warned = 'month', warned_link = linked_at;
    UPDATE checkpoints SET poll_failing_since = '2026-01-03', poll_lags = ARRAY[120, 2147483647, 0];
    INSERT INTO plays SELECT '{USER}', gen_random_uuid(), '2026-01-01'::timestamptz + n * interval '3.007 minutes',
        CASE n % 3 WHEN 0 THEN '' ELSE 'track' || n END, NULLIF(n % 5, 0), E'line\\nbreak'
        FROM generate_series(1, 500) n;
    INSERT INTO coverage VALUES ('{USER}', 'poll', '{{[2026-01-01,2026-01-02),[2026-01-03,2026-01-04]}}');
    INSERT INTO sightings SELECT user_id, 'poll', play_id::text, play_id, 'j', 1, now(), '{{"a": [1, null]}}'
        FROM plays;
"""


@dataclass
class Servers:
    """A bus and a database, as the environment names them."""

    home: Path
    nats_url: str
    database_url: str

    async def rows(self) -> dict[str, list[Any]]:
        connection = await asyncpg.connect(self.database_url.replace("?ssl=disable", ""), ssl=False)
        tables = ("users", "checkpoints", "plays", "coverage", "sightings")
        found = {table: sorted(map(str, await connection.fetch(f"TABLE {table}"))) for table in tables}
        await connection.close()
        return found

    async def token(self) -> bytes | None:
        client = await connect(self.nats_url, "test")
        found = await (await client.jetstream().key_value("tokens")).get(USER)
        await client.close()
        return found.value

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.database_url.replace("?ssl=disable", ""), ssl=False)
        await connection.execute(statement)
        await connection.close()
