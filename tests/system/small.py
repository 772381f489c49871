"""File systems of a test's own that are small, and what fills them to the last byte."""

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest


def mounted(place: Path, size: str, *options: str) -> Path:
    """Asked for again, it changes its size."""
    place.mkdir(parents=True, exist_ok=True)
    again = ["remount"] if place.is_mount() else []
    asked = ["mount", "-t", "tmpfs", "-o", ",".join([*again, f"size={size}", "mode=755", *options]), "none", place]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    return place


def unmounted(place: Path) -> None:
    subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)


def filled(place: Path) -> Path:
    """A stranger's file that takes all the room there is."""
    stranger = place / "stranger"
    with stranger.open("ab", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
    return stranger
