"""What NATS keeps and a backup takes along: sealed tokens, pauses, and facts that wait for the recorder."""

import re
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from pydantic import BaseModel, ConfigDict

from spindle.cli.backups.format import Writer
from spindle.people.stored import deleted, stored
from spindle.shared.bus.patience import insist
from spindle.shared.spotify.seal import sealed_by

BUCKETS = ("tokens", "pauses")
PARTS = (*(f"{bucket}.jsonl" for bucket in BUCKETS), "facts.jsonl")
_OURS = ("commands", "facts", *(f"KV_{bucket}" for bucket in BUCKETS))


class Entry(BaseModel):
    """A message as a line: its subject, or a key, and its body."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    on: str
    body: bytes


@dataclass(frozen=True)
class Saved:
    control: int
    """The number of the last control."""
    keys: tuple[str, ...]
    """Which keys open the tokens; the last of them sealed last."""


async def save(js: JetStreamContext, writer: Writer) -> Saved:
    """Before the tables are read: a fact that becomes true in between is then in both, which does no harm."""
    sealers: list[str] = []
    for bucket in BUCKETS:
        part, rows = writer.part(f"{bucket}.jsonl"), 0
        async for message in stored(js, f"KV_{bucket}"):
            if not deleted(message):
                part.write(_line(str(message.subject).removeprefix(f"$KV.{bucket}."), message.data))
                rows += 1
                if bucket == "tokens":
                    sealer = sealed_by(message.data or b"")
                    sealers = [*(one for one in sealers if one != sealer), sealer]
        part.end(rows)
    part, rows = writer.part("facts.jsonl"), 0
    async for message in stored(js, "facts"):
        part.write(_line(str(message.subject), message.data))
        rows += 1
    part.end(rows)
    return Saved(await _last(js, "control"), tuple(sealers))


async def clear(js: JetStreamContext, control: int) -> None:
    """Nothing of an earlier life stays: no step, no token, no fact. Controls are counted on from `control`."""
    for stream in _OURS:
        await insist(lambda stream=stream: js.purge_stream(stream))  # type: ignore[misc]
    number = max(control, await _last(js, "control")) + 1
    await insist(lambda: js.purge_stream("control", seq=number))


async def put_back(js: JetStreamContext, part: str, line: bytes) -> None:
    entry = Entry.model_validate_json(line)
    bucket = part.removesuffix(".jsonl")
    # Without the message's id: one that was stored here a moment ago and is purged by now would count as a copy.
    subject = entry.on if bucket == "facts" else f"$KV.{bucket}.{entry.on}"
    await insist(lambda: js.publish(subject, entry.body))


def belongs(part: str, entry: Entry) -> bool:
    """Whether it is one that `save` may have written there: nothing else is to be published."""
    subject = part != "facts.jsonl" or entry.on.startswith("facts.")
    return subject and re.fullmatch(r"[^\s.*>]+(\.[^\s.*>]+)*", entry.on) is not None


def _line(on: str, body: bytes | None) -> bytes:
    return Entry(on=on, body=body or b"").model_dump_json().encode() + b"\n"


async def _last(js: JetStreamContext, stream: str) -> int:
    try:
        return int((await insist(lambda: js.stream_info(stream), final=_missing)).state.last_seq)
    except NotFoundError:
        return 0


def _missing(error: Exception) -> bool:
    return isinstance(error, NotFoundError)
