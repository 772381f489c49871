"""A backup's file is there when it is whole, and never in the place of another."""

import os
from pathlib import Path

import pytest

from spindle.cli.backups.creating import created
from spindle.cli.backups.opening import opened
from spindle.people.errors import Problem


def twice(file: Path) -> None:
    with created(str(file)) as later:
        with created(str(file)) as first:
            first.write(b"first")
            later.write(b"later")
        assert file.read_bytes() == b"first"


def failing(file: Path) -> None:
    with created(str(file)) as out:
        out.write(b"half")
        raise KeyError


def test_two_at_once_do_not_meet_in_one_draft(tmp_path: Path) -> None:
    file = tmp_path / "backup"

    with pytest.raises(Problem, match="exists already, and stays as it is"):
        twice(file)

    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o600


def test_one_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        failing(tmp_path / "backup")

    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(Problem, match=r"none/backup cannot be made: No such file or directory"),
        created(str(tmp_path / "none" / "backup")),
    ):
        pass


def test_a_pipe_can_be_read_twice(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"backup")
    os.close(writing)

    with opened(f"/dev/fd/{reading}", tmp_path) as file:
        assert file.read() == b"backup"
        file.seek(0)
        assert file.read() == b"backup"
    os.close(reading)
