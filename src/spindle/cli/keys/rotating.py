"""`keys rotate`: a new key for everybody's tokens, while Spindle runs.

The new key is written in front of the old one, then everything is sealed anew, then the old one is put aside. What ends
between two of these leaves keys that open everything; the next call goes on where it was.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from nats.aio.client import Client
from nats.js.errors import BucketNotFoundError

from spindle.cli import finding
from spindle.cli.keys.sealing import Sealing, Tell
from spindle.cli.running.telling import progress
from spindle.cli.seeing import tables
from spindle.embedded.home import write_private
from spindle.people import shapes
from spindle.people.errors import Problem
from spindle.people.wording import at_home, command, count
from spindle.shared.spotify.entries import Entries
from spindle.shared.spotify.keys import Key, Source, new_key, put_aside, read, written
from spindle.shared.spotify.seal import Sealer


@dataclass(frozen=True)
class Rotated:
    key: str
    sealed: int
    """Listeners whose tokens were sealed anew."""
    unopened: int
    """Listeners whose tokens no key here opens."""
    made: bool = False
    put_aside: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Keys that are still given, and have sealed nothing any more."""


async def rotate(home: Path, as_json: bool) -> None:
    given = finding.given_keys()
    async with finding.bus(home) as connection:
        with progress(steps=False) as tell:
            done = await (_of_home(home, connection, tell) if given is None else _given(given, connection, tell))
    if as_json:
        tables.lines([shapes.text(_shape(done))])
        return
    for line in _at_home(home, done) if given is None else _elsewhere(home, done):
        tables.say(line)


async def _of_home(home: Path, connection: Client, tell: Tell) -> Rotated:
    file = finding.key_file(home)
    with _alone(file):
        keys = read(file)
        if made := len(keys) == 1:
            keys = (*read(new_key()), *keys)
            write_private(file, written(keys))
        done = await _sealed(file, keys, connection, tell)
        _retire(file, keys)
    return replace(done, made=made, put_aside=done.others, others=())


async def _given(source: Source, connection: Client, tell: Tell) -> Rotated:
    return await _sealed(source, read(source), connection, tell)


async def _sealed(source: Source, keys: Sequence[Key], connection: Client, tell: Tell) -> Rotated:
    js = connection.jetstream()
    try:
        bucket = await js.key_value("tokens")
    except BucketNotFoundError:
        raise Problem("this NATS server has not been prepared for Spindle: run `spindle provision`") from None
    first, *others = [key.id for key in keys]
    work = Sealing(Entries(bucket, Sealer(source)), first, tell)
    await work.everything(js)
    return Rotated(first, work.sealed, len(work.unopened), others=tuple(others))


def _retire(file: Path, keys: Sequence[Key]) -> None:
    """Each is kept before it goes: something sealed with it may be on its way, or lie in a backup."""
    for key in keys[1:]:
        write_private(put_aside(file, key.id), written([key]))
    write_private(file, written(keys[:1]))


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Two at once would each make a key, and one of these would be lost."""
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Problem(f"another `{command('keys rotate')}` is at work here: wait for it") from None
    finally:
        os.close(directory)


def _at_home(home: Path, done: Rotated) -> Iterator[str]:
    if not done.made:
        yield "An earlier rotation had not come to its end: this one has finished it, and made no key."
    yield f"The tokens of {count(done.sealed, 'listener')} are sealed anew. Key {done.key} seals from now on."
    yield from _unopened(done)
    for old in done.put_aside:
        yield f"Key {old} is kept in {at_home(put_aside(home / finding.KEY, old))}, for the backups from before."
    yield "If it has leaked, delete it there, and the backups that hold it."


def _elsewhere(home: Path, done: Rotated) -> Iterator[str]:
    place = finding.keys_place(home)
    yield f"The tokens of {count(done.sealed, 'listener')} are sealed anew with {done.key}, the first key of {place}."
    yield from _unopened(done)
    if done.others:
        yield f"Nothing is sealed with {' or '.join(done.others)} any more: leave it out there, for every process."
        yield "(Unless you are about to change to it: then put it first for every process, and do this again.)"
    else:
        yield f"No other key is given. To change it, write a new one behind it in {place}, for every process; then put"
        yield "the new one first, for every process; then do this again; then leave the old one out."


def _unopened(done: Rotated) -> Iterator[str]:
    if done.unopened:
        yield (
            f"The tokens of {count(done.unopened, 'listener')} are left as they are, for no key here opens them:"
            f" `{command('keys list')}` tells which is missing, `{command('doctor')}` what to do."
        )


def _shape(done: Rotated) -> dict[str, shapes.Json]:
    return {
        "key": done.key,
        "made": done.made,
        "sealed": done.sealed,
        "unopened": done.unopened,
        "put_aside": list(done.put_aside),
        "others": list(done.others),
    }
