"""What each user may do on a NATS where every service has one of its own: what follows from what is declared elsewhere.

Anything else is denied: other messages, other durables and buckets, the answers that others get, and everything that
makes, changes or removes a stream or a consumer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spindle.shared.bus.access import ACCESS, Access, durables_of, streams_of
from spindle.shared.bus.topology import STREAMS, declared
from spindle.shared.catalogue.parties import ANSWERS, consumers, durables, every_message, publishers
from spindle.shared.messages import Message
from spindle.shared.messages.ask import AskUsers
from spindle.shared.messages.doors import DoorClosed, DoorOpened
from spindle.shared.messages.users import AccountLinked

OWNER = "spindle"
"""The user of whoever runs commands, and of `provision`: it may do everything."""

USERS = tuple(ACCESS)
"""All others."""

_DEMO = (AskUsers, AccountLinked, DoorClosed, DoorOpened)
"""What of the command line's messages the demo needs to link its listeners."""

_API = "$JS.API"
_DURABLE = "{consumer}"


@dataclass(frozen=True)
class Permissions:
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    replies: bool
    """Whether it answers questions, each once and in the inbox that came with it."""


def permissions(user: str) -> Permissions:
    messages = every_message()
    return Permissions(
        publish=tuple(dict.fromkeys((*_told(user, messages), *ACCESS[user].repeats, *_asked_of_jetstream(user)))),
        subscribe=(f"_INBOX.{user}.>", *dict.fromkeys(_heard(user, messages))),
        replies=any(user in consumers(question) for question in ANSWERS),
    )


def _told(user: str, messages: tuple[type[Message], ...]) -> Iterator[str]:
    for message in messages:
        if user in publishers(message) or (user == "demo" and message in _DEMO):
            yield from (_subject(message).replace(_DURABLE, durable) for durable in _own(user, message))


def _heard(user: str, messages: tuple[type[Message], ...]) -> Iterator[str]:
    """What no durable of its own brings it."""
    own = {durable for _, durable in durables_of(user)}
    for message in messages:
        if user in consumers(message) and not own.intersection(durables(message.subject)):
            yield _subject(message)


def _own(user: str, message: type[Message]) -> Iterator[str]:
    """The durables of which it may say something on a message's subject; any one where none stands in there."""
    yield from (durable for _, durable in durables_of(user)) if _DURABLE in message.subject else ("",)


def _asked_of_jetstream(user: str) -> Iterator[str]:
    access = ACCESS[user]
    for stream, durable in durables_of(user):
        yield from (f"{_API}.CONSUMER.{ask}.{stream}.{durable}" for ask in ("INFO", "MSG.NEXT"))
        yield f"$JS.ACK.{stream}.{durable}.>"
    yield from (f"{_API}.CONSUMER.INFO.{stream}.{durable}" for stream, durable in access.watches)
    yield from (f"{_API}.STREAM.INFO.{stream}" for stream in (*access.counts, *streams_of(user)))
    yield from (f"{_API}.STREAM.MSG.GET.{stream}" for stream in access.reads)
    yield from (f"{_API}.STREAM.MSG.DELETE.{stream}" for stream in access.strikes)
    yield from (f"{_API}.STREAM.PURGE.{stream}" for stream in access.empties)
    # Consumers without a name, which the server lets go: with this none can be made that lasts, taken from or deleted.
    yield from (f"{_API}.CONSUMER.CREATE.{stream}" for stream in access.follows)
    yield from (f"$JS.FC.{stream}.>" for stream in access.follows)
    if access.inspects:
        yield f"{_API}.INFO"
        yield from (f"{_API}.STREAM.INFO.{stream}" for stream in declared())
        yield from (f"{_API}.CONSUMER.LIST.{stream.name}" for stream in STREAMS)
    yield from _kept(access)


def _kept(access: Access) -> Iterator[str]:
    yield from (f"{_API}.STREAM.MSG.GET.KV_{bucket}" for bucket in access.opens)
    yield from (f"$KV.{bucket}.>" for bucket in access.changes)
    for store in access.stores:
        stream = f"OBJ_{store}"
        yield f"$O.{store}.>"
        yield from (f"{_API}.STREAM.{ask}.{stream}" for ask in ("MSG.GET", "PURGE"))
        yield f"{_API}.STREAM.NAMES"  # nats-py looks for the stream of what it is to read in pieces
        yield f"{_API}.CONSUMER.CREATE.{stream}"
        yield f"{_API}.CONSUMER.DELETE.{stream}.*"
        yield f"$JS.FC.{stream}.>"


def _subject(message: type[Message]) -> str:
    """A step may also be put back into its mailbox for later."""
    return re.sub(r"{(?!consumer)\w+}", "*", message.subject).replace(".*.step", ".*.*")
