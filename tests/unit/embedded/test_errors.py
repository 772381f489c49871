"""Every error is one line, and says what to do or where to look."""

from pathlib import Path

import pytest

from spindle.embedded import errors
from spindle.embedded.processes import last_lines

HOME = Path("/home/anna/.spindle")


@pytest.mark.parametrize(
    "error",
    [
        errors.HomeNotWritable(HOME, PermissionError(13, "Permission denied")),
        errors.DiskFull(HOME, 2**20, 2**30),
        errors.AlreadyRunning(HOME, 4711),
        errors.AlreadyRunning(HOME, None),
        errors.NoFreePort(),
        errors.PortTaken("nats-server", 4222),
        errors.ServerDied("nats-server", "", HOME / "nats.log"),
        errors.DatabaseDied("PANIC", HOME / "postgres.log"),
        errors.ServerTooSlow("PostgreSQL", 60, HOME / "postgres.log"),
        errors.NatsMissing(),
        errors.PostgresMissing(),
        errors.WrongMajor(HOME, 17, [18, 15]),
        errors.WrongMajor(HOME, 17, []),
        errors.DataLost(HOME, "PG_VERSION"),
        errors.PasswordLost(HOME / "password"),
        errors.NotYourData(HOME),
        errors.CannotLeaveRoot(HOME),
        errors.DatabaseNotMade("", HOME / "postgres.log"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_one_line(error):
    assert "\n" not in str(error)
    assert str(error).endswith((".", ")"))


def test_of_a_long_log_the_complaints_are_shown():
    log = b"starting\nFATAL:  data directory is locked\nHINT:  is another one running?\nshut down\n"

    assert last_lines(log) == "FATAL:  data directory is locked"


def test_of_a_log_without_complaints_the_last_lines_are_shown():
    assert last_lines(b"one\n\ntwo\nthree\n") == "two | three"
