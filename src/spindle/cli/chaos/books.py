"""What is written down when it is over: every row of the database, and what lies on the bus."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from nats.js import JetStreamContext

from spindle.people.stored import deleted, stored
from spindle.recorder.store.dump import snapshot
from spindle.shared.bus.letters import Letter
from spindle.shared.bus.mailbox import Mailboxes
from spindle.shared.bus.uploads import CHUNKS, STREAM
from spindle.shared.ids import Kind, UserId

Line = Mapping[str, str]
"""A row by its columns, as CSV has it: what is null is empty."""


@dataclass(frozen=True)
class Books:
    tables: Mapping[str, list[Line]]

    def of(self, table: str, user: UserId) -> list[Line]:
        return [row for row in self.tables[table] if row["user_id"] == user]


@dataclass(frozen=True)
class LeftOver:
    """What lies on the bus, by subject or key: mailboxes, facts, letters, parts of uploads, reservations."""

    mailboxes: Mapping[str, int]
    facts: Mapping[str, int]
    letters: Mapping[str, int]
    uploads: Mapping[str, int]
    reservations: Mapping[str, int]


async def read_books(database_url: str) -> Books:
    """All tables as of one moment."""
    tables: dict[str, list[Line]] = {}
    async with snapshot(database_url) as found:
        for table, columns in found.columns.items():
            pieces: list[bytes] = []

            async def write(piece: bytes, pieces: list[bytes] = pieces) -> None:
                pieces.append(piece)

            await found.read(table, write)
            text = io.StringIO(b"".join(pieces).decode(), newline="")
            tables[table] = [dict(zip(columns, row, strict=True)) for row in csv.reader(text)]
    return Books(tables)


async def read_left_over(js: JetStreamContext) -> LeftOver:
    return LeftOver(
        mailboxes=await _subjects(js, "commands"),
        facts=await _subjects(js, "facts"),
        letters=await _subjects(js, "dead"),
        uploads=await _subjects(js, STREAM, f"{CHUNKS}.>"),
        reservations=await _reservations(js),
    )


async def step_of(js: JetStreamContext, kind: Kind, user: UserId) -> Letter | None:
    return await Mailboxes(js).read(kind, user)


async def _subjects(js: JetStreamContext, stream: str, wanted: str = ">") -> dict[str, int]:
    found = await js.stream_info(stream, subjects_filter=wanted)
    return dict(found.state.subjects or {})


async def _reservations(js: JetStreamContext) -> dict[str, int]:
    """Steps that are said to be running alone, and doors at which somebody is said to be trying."""
    found: Counter[str] = Counter()
    async for message in stored(js, "KV_trials"):
        found[str(message.subject)] += not deleted(message)
    async for message in stored(js, "KV_pace"):
        if b'"probe":{' in (message.data or b"").replace(b" ", b""):
            found[str(message.subject)] += 1
    return {name: count for name, count in found.items() if count}
