"""A disk whose power can be cut: what no fsync has brought to it is gone, however much of it a server has written."""

import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
_LOG_LEFT_UNWRITTEN = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH
_UNUSED_WITHIN = 30.0  # seconds in which the processes of a killed server are gone


class NoSuchDisk(Exception):
    """This needs root, ext4 and a free loop device."""


class Disk:
    """ext4 in a file. To kill a server -9 is no power cut: the kernel keeps what it wrote, and writes it later."""

    def __init__(self, place: Path, size: str) -> None:
        self.place = place
        self._file = place.with_suffix(".ext4")
        place.mkdir(parents=True)
        _asked("truncate", "--size", size, self._file)
        _asked("mkfs.ext4", "-q", "-F", "-E", "root_owner=0:0", self._file)
        self._mount()

    def settle(self) -> None:
        """Everything that was written until now is there to stay."""
        of = os.open(self.place, os.O_RDONLY)
        os.fsync(of)
        os.close(of)
        _asked("sync", "--file-system", self.place)

    def cut(self) -> None:
        """The file system forgets what it has not written; whoever uses it gets errors from now on."""
        of = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(of, _SHUTDOWN, struct.pack("I", _LOG_LEFT_UNWRITTEN))
        finally:
            os.close(of)

    def back(self) -> None:
        """The power is back. Nobody may use the disk any more."""
        self._unmount()
        self._mount()

    def remove(self) -> None:
        self._unmount()
        self._file.unlink()
        self.place.rmdir()

    def _mount(self) -> None:
        _asked("mount", "-o", "loop", self._file, self.place)
        self.place.chmod(0o755)

    def _unmount(self) -> None:
        end = time.monotonic() + _UNUSED_WITHIN
        while self.place.is_mount():
            try:
                _asked("umount", self.place)
            except NoSuchDisk:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)


@contextmanager
def disk(place: Path, size: str = "256M") -> Iterator[Disk]:
    """Raises `NoSuchDisk` where none can be made."""
    made = Disk(place, size)
    try:
        yield made
    finally:
        made.remove()


def _asked(program: str, *words: str | Path) -> None:
    """As root these programs are in a directory that not every PATH names."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise NoSuchDisk(f"there is no {program} here")
    done = subprocess.run([found, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoSuchDisk(f"{program}: {done.stderr.strip()}")
