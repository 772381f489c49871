"""Whom PostgreSQL runs as: ourselves, unless we are root, whom it refuses."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from spindle.embedded.errors import CannotLeaveRoot, NotYourData

NOBODY = 65534


@dataclass(frozen=True)
class Identity:
    """Either a command in front of the server's own, or another user, or neither."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    @property
    def extra_groups(self) -> tuple[int, ...] | None:
        return None if self.uid is None else ()


SELF = Identity()


def identity(data: Path) -> Identity:
    """The one that can use this data. Root's files stay root's inside a user namespace; a user gets theirs by chown."""
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise NotYourData(data)
        return SELF
    if owner in (None, 0) and (namespace := _namespace()):
        return namespace
    user = _user(owner)
    if user is None:
        raise CannotLeaveRoot(data)
    return Identity(uid=user.pw_uid, gid=user.pw_gid)


def let_in(to: Identity, *ours: Path) -> None:
    """Lets that user through these directories of ours, outermost first, without letting anybody list them."""
    if to.uid is None:
        return
    for directory in ours:
        directory.chmod(directory.stat().st_mode | 0o011)
    if not reachable(ours[-1]):
        raise CannotLeaveRoot(ours[-1])


def hand_over(path: Path, to: Identity) -> None:
    """Gives a file or a tree to that user."""
    if to.uid is None or to.gid is None or path.stat().st_uid == to.uid:
        return
    for each in (path, *path.rglob("*")):
        os.chown(each, to.uid, to.gid, follow_symlinks=False)


def reachable(path: Path) -> bool:
    """Whether any user of the machine gets this far."""
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents) if step.is_dir())


def _namespace() -> Identity | None:
    """A user namespace in which root is called nobody. Containers often forbid it, so it is tried."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    prefix = (unshare, "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
    tried = subprocess.run([*prefix, "/bin/sh", "-c", ":"], capture_output=True, check=False)
    return Identity(prefix) if tried.returncode == 0 else None


def _user(owner: int | None) -> pwd.struct_passwd | None:
    if owner:
        return next((user for user in pwd.getpwall() if user.pw_uid == owner), None)
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names.get("nobody")
