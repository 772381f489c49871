"""The key that opens the tokens of a backup: whether it is here, and what becomes of another one."""

from collections.abc import Iterator
from pathlib import Path

from spindle.cli import finding
from spindle.cli.backups.format import KEY, Manifest
from spindle.cli.backups.place import keys_of
from spindle.people.wording import at_home, command
from spindle.shared.spotify import keys


def put_aside(home: Path, content: bytes) -> str | None:
    """Makes room for this key; the other one that was there may open what nothing else opens. What was done, if so."""
    file = home / KEY
    if not file.exists() or file.read_bytes().strip() == content.strip():
        return None
    try:
        name = keys.read(file)[0].id
    except keys.SealError:
        name = "unreadable"
    aside = keys.put_aside(file, name)
    file.replace(aside)
    return f"The other key that was here is now {at_home(aside)}."


def state(home: Path, manifest: Manifest) -> str:
    """`same`, `missing` or `other`; `none` when the backup has no tokens that a key could open."""
    if manifest.key is None:
        return "none"
    here = keys_of(home)
    if here is None:
        return "missing"
    return "same" if all(here.called(one) for one in manifest.keys or (manifest.key,)) else "other"


def what_next(home: Path, manifest: Manifest) -> Iterator[str]:
    if not manifest.with_bus:
        yield "This backup holds the database alone: tokens and pauses are as they were."
        return
    key, standing = at_home(home / KEY), state(home, manifest)
    if standing == "missing":
        yield f"The key that opens the tokens is missing: bring the old one to {key}, or link every listener again."
    elif standing == "other":
        yield "The tokens were sealed with another key than the one here: bring that key, or link every listener again."
    if standing in ("missing", "other") and KEY in manifest.parts:
        yield f"The key is in the backup: `tar xzOf FILE {KEY}/000000` takes it out."
    if manifest.client_id not in ("", finding.DEMO):
        yield f"Set SPINDLE_SPOTIFY_CLIENT_ID={manifest.client_id} here too, and its secret, before `{command('up')}`."
    yield "The old Spindle must not run again: both would renew the same tokens, and Spotify would refuse one of them."
