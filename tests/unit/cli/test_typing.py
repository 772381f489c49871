"""What is typed wrongly: one clear line and exit code 2, before anything is loaded or asked."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer

from spindle.cli import main
from spindle.cli.commands import app
from spindle.cli.commands.options import days


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(words)
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out + told.err


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (["frobnicate"], "frobnicate"),
        (["status", "--bogus"], "--bogus"),
        (["plays"], "USER"),
        (["plays", "alice", "--since", "yesterday"], "yesterday"),
        (["plays", "alice", "--limit", "0"], "--limit"),
        (["plays", "alice", "--csv", "--json"], "--csv"),
        (["jobs", "--status", "odd"], "odd"),
        (["jobs", "--kind", "odd"], "odd"),
        (["users", "add", "alice"], "--refresh-token-file"),
        (["cancel"], "JOB"),
    ],
)
def test_a_mistyped_command_is_one_line(capsys: pytest.CaptureFixture[str], words: list[str], about: str) -> None:
    code, told = said(capsys, *words)

    assert code == 2
    assert told.count("\n") == 1
    assert about in told


def test_without_a_running_spindle_it_says_how_to_start_it(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    code, told = said(capsys, "status", "--home", str(tmp_path))

    assert code == 1
    assert told.startswith(f"spindle: Spindle is not running on {tmp_path}: start it with")


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("up", "run", "provision", "users", "status", "plays", "jobs", "gaps", "watch", "trigger", "cancel"):
        code, told = said(capsys, command, "--help")

        assert code == 0
        assert "--home" in told


def test_the_last_day_of_all_can_be_named() -> None:
    assert days("9999-12-30", "9999-12-31") == (date(9999, 12, 30), date.max)


def test_every_command_that_answers_does_so_for_programs_too() -> None:
    found = commands(typer.main.get_command(app))
    without = {" ".join(words) for words, one in found if "as_json" not in {each.name for each in one.params}}

    assert without == {
        *("up", "run", "demo"),  # which go on until they are stopped
        *("provision", "token", "permissions", "catalogue"),  # which do something silently, or print a text of its own
    }


def commands(of: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Those under a word, and those under no other."""
    if not hasattr(of, "commands"):
        yield words, of
        return
    for name, command in of.commands.items():
        yield from commands(command, *words, name)


@pytest.mark.parametrize("token", ["", "two words", "tökén"])
def test_a_file_without_a_refresh_token_is_refused_before_anybody_is_asked(tmp_path, token: str) -> None:
    from spindle.cli.listeners.users import refresh_token
    from spindle.people.errors import Problem

    (tmp_path / "token").write_text(token)

    with pytest.raises(Problem) as refused:
        refresh_token(str(tmp_path / "token"))

    assert not token or token not in str(refused.value)


def test_the_plain_question_for_health_loads_nothing_of_what_can_be_typed(tmp_path: Path) -> None:
    asked = (
        "import sys, spindle.cli\n"
        "try: spindle.cli.main(['health', '--live'])\n"
        "finally: print(sorted({'typer', 'rich', 'pydantic', 'faststream', 'nats'} & {*sys.modules}))"
    )
    environment = {**os.environ, "SPINDLE_HEALTH_PORT": "1", "SPINDLE_HOME": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert done.stderr == "spindle: no process of Spindle answers on 127.0.0.1:1\n"
    assert done.stdout == "[]\n"
