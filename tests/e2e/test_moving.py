"""A Spindle moves to another home, and to a newer version of itself, as its owner does it."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from terminal import PATIENCE, Terminal, leave, until

import spindle
from spindle.recorder.store.migrate import head

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

MIGRATION = f'''"""a note on every listener"""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head()}"


def upgrade() -> None:
    op.add_column("users", sa.Column("note", sa.Text()))


def downgrade() -> None:
    op.drop_column("users", "note")
'''


@pytest.fixture
def other(terminal: Terminal) -> Terminal:
    """A second home, on another machine as far as it knows."""
    return Terminal(terminal.home.with_name("other"))


@pytest.fixture
def newer(terminal: Terminal) -> Terminal:
    """The same home under a Spindle that has one migration more."""
    place = terminal.home.parent / "newer"
    shutil.copytree(Path(spindle.__file__).parent, place / "spindle", ignore=shutil.ignore_patterns("__pycache__"))
    (place / "spindle/recorder/store/migrations/versions/9001_note.py").write_text(MIGRATION)
    later = Terminal(terminal.home)
    later.environment["PYTHONPATH"] = str(place)
    return later


def test_a_backup_made_while_it_runs_goes_on_recording_in_another_home(terminal: Terminal, other: Terminal) -> None:
    up = terminal.start("up")
    assert until(lambda: len(terminal.recorded()) == 3 and min(terminal.recorded().values()) >= 40, PATIENCE)
    still, moving, _ = sorted(terminal.recorded())
    assert terminal.run("pause", still).returncode == 0
    assert until(lambda: state(terminal, still) == "paused", PATIENCE)
    file = str(terminal.home.parent / "backup")

    before = plays(terminal, moving)
    assert before
    assert terminal.run("backup", file, "--with-key").returncode == 0
    assert leave(up)[0] == 0
    assert other.run("restore", file).returncode == 0
    up = other.start("up")

    assert until(lambda: moving in other.recorded(), PATIENCE), other.said.read_text()
    first = other.recorded()[moving]
    assert until(lambda: other.recorded().get(moving, 0) > first, PATIENCE), other.said.read_text()
    after = plays(other, moving)
    assert set(before) <= set(after)
    assert len(after) == len(set(after))
    assert state(other, still) == "paused"
    assert other.run("resume", still).returncode == 0
    assert until(lambda: state(other, still) != "paused", PATIENCE)
    assert leave(up)[0] == 0


def test_an_older_home_is_backed_up_and_migrated_and_then_refused_by_the_older_spindle(
    terminal: Terminal, newer: Terminal, other: Terminal
) -> None:
    up = terminal.start("up")
    assert until(lambda: len(terminal.recorded()) == 3, PATIENCE)
    assert leave(up)[0] == 0

    up = newer.start("up")
    assert until(lambda: len(newer.recorded()) == 3, PATIENCE), newer.said.read_text()
    assert leave(up)[0] == 0
    refused = terminal.run("up")
    kept = list((terminal.home / "backups").iterdir())
    brought_back = other.run("restore", str(kept[0]))
    carried_over = newer.run("restore", str(kept[0]), "--replace")

    said = f"The tables (schema {head()}) are backed up to {kept[0]}, and migrated to schema 9001.\n"
    assert said in newer.said.read_text()
    assert kept[0].stat().st_mode & 0o777 == 0o600
    assert refused.returncode == 1
    assert "The database (schema 9001) is of a newer Spindle" in refused.stderr.splitlines()[-1]
    assert brought_back.returncode == 0, brought_back.stderr
    assert "This backup holds the database alone" in brought_back.stdout
    assert carried_over.returncode == 0, carried_over.stderr


def plays(at: Terminal, name: str) -> list[tuple[str, str]]:
    return [(play["played_at"], play["track_id"]) for play in at.json("plays", name, "--all")]


def state(at: Terminal, name: str) -> Any:
    return at.json("status", name)["users"][0]["state"]
