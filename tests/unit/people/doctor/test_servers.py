"""What is said of a server, by its version and by what it holds."""

import pytest

from spindle.people.doctor.logic import servers
from spindle.people.doctor.logic.findings import State
from spindle.people.doctor.logic.servers import Database, Gone, Nats

OK, WARNING, PROBLEM = State.OK, State.WARNING, State.PROBLEM


@pytest.mark.parametrize(
    ("seen", "state", "what", "todo"),
    [
        (Nats("h:1", (2, 15, 1)), OK, "nats-server 2.15.1 at h:1, with JetStream", ""),
        (Nats("h:1", (2, 15, 9)), OK, "2.15.9", ""),
        (Nats("h:1", (2, 11, 7)), PROBLEM, "no message schedules", "Upgrade NATS to 2.15"),
        (Nats("h:1", (2, 12, 0)), WARNING, "older than any", "Upgrade NATS"),
        (Nats("h:1", (2, 16, 0)), WARNING, "newer than any", "tried with 2.15"),
        (Nats("h:1", (3, 0, 0)), WARNING, "newer than any", "tried with 2.15"),
        (Nats("h:1", (2, 15, 1), jetstream=False), PROBLEM, "without JetStream", "-js"),
        (Nats("h:1", (2, 15, 1), alone=True), PROBLEM, "too few nodes", "Bring"),
        (Nats("h:1", (2, 15, 1), complaint="no space left"), PROBLEM, "not well: no space left", "restarted"),
        (Gone("no NATS server answers at h:1", given=True), PROBLEM, "No NATS server answers", "SPINDLE_NATS_URL"),
        (Gone("refused", refused=True, given=True), PROBLEM, "Refused.", "Correct SPINDLE_NATS_URL."),
        (Gone("not there"), PROBLEM, "Not there.", "`up` brings its servers back"),
        (Gone("not running", running=False), PROBLEM, "Not running.", "spindle up"),
    ],
)
def test_of_nats(seen: Nats | Gone, state: State, what: str, todo: str) -> None:
    [told] = servers.nats(seen)

    assert (told.check, told.state) == ("nats", state)
    assert what in told.what
    assert todo in told.todo


@pytest.mark.parametrize(
    ("seen", "state", "what", "todo"),
    [
        (Database("h:1/d", (18, 6), "0003", "0003"), OK, "PostgreSQL 18.6 at h:1/d, with all tables", ""),
        (Database("h:1/d", (15, 0), "0003", "0003"), OK, "PostgreSQL 15.0", ""),
        (Database("h:1/d", (14, 9), "0003", "0003"), PROBLEM, "too old", "15 or later"),
        (Database("h:1/d", (19, 0), "0003", "0003"), WARNING, "newer than any", "15 to 18"),
        (Database("h:1/d", (18, 6), None, "0003"), PROBLEM, "holds no tables", "provision"),
        (Database("h:1/d", (18, 6), "0002", "0003"), PROBLEM, "older Spindle (0002, wanted 0003)", "provision"),
        (Database("h:1/d", (18, 6), "0003", "0003", unfinished=True), PROBLEM, "begun and not ended", "restore FILE"),
        (Database("h:1/d", (18, 6), "0009", "0003", known=False), PROBLEM, "newer Spindle (0009)", "that version"),
        (Gone("the database does not answer", given=True), PROBLEM, "The database does", "SPINDLE_DATABASE_URL"),
    ],
)
def test_of_the_database(seen: Database | Gone, state: State, what: str, todo: str) -> None:
    [told] = servers.database(seen)

    assert (told.check, told.state) == ("database", state)
    assert what in told.what
    assert todo in told.todo


def test_an_old_server_with_old_tables_has_both_troubles() -> None:
    found = servers.database(Database("h:1/d", (14, 1), "0002", "0003"))

    assert [one.state for one in found] == [PROBLEM, PROBLEM]
