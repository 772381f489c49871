"""The catalogue for people: a table of messages for each stream."""

from nats.js.api import StreamConfig

from spindle.shared.bus.topology import CONSUMERS, STREAMS
from spindle.shared.catalogue.parties import ANSWERS, RENEW, consumers, every_message, first_line, publishers, stream
from spindle.shared.messages import Message

_PASSING = "## Kept nowhere: questions, answers, and what only those hear who listen"
_HEAD = ("subject", "message", "published by", "consumed by", "what it says")


def markdown() -> str:
    blocks = [
        "# Messages",
        f"Made from the code by `{RENEW}`; not to be edited. "
        "For programs the same is in [messages.json](messages.json), as AsyncAPI 3.0.",
        "To watch a subject, put `*` in the place of what stands in braces: `nats sub 'plays.recorded.*'`.",
    ]
    for kept in STREAMS:
        here = [each for each in every_message() if stream(each.subject) is kept]
        blocks += [f"## Stream `{kept.name}`: {kept.description}", *_durables(kept), _table(here)]
    passing = [each for each in every_message() if stream(each.subject) is None]
    return "\n\n".join([*blocks, _PASSING, _table(passing)]) + "\n"


def _durables(kept: StreamConfig) -> list[str]:
    names = [f"`{each.durable_name}`" for each in CONSUMERS.get(str(kept.name), ())]
    return [f"Durable consumers: {', '.join(names)}."] if names else []


def _table(here: list[type[Message]]) -> str:
    rows = [_HEAD, ("---",) * len(_HEAD), *map(_row, here)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(message: type[Message]) -> tuple[str, ...]:
    answer = f" → `{ANSWERS[message].__name__}`" if message in ANSWERS else ""
    return (
        f"`{message.subject}`",
        f"`{message.__name__}`{answer}",
        ", ".join(publishers(message)),
        ", ".join(consumers(message)) or "nobody",
        first_line(message).replace("|", "\\|"),
    )
