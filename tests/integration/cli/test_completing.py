"""Tab, in a real bash: the script that `--install-completion` installs is sourced, and its function is asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = f'#!/bin/sh\nexec "{sys.executable}" -m spindle.cli "$@"\n'
ASK = """
eval "$(_SPINDLE_COMPLETE=source_bash spindle)"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_spindle_completion spindle
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Bash:
    def __init__(self, place: Path) -> None:
        (place / "spindle").write_text(PROGRAM)
        (place / "spindle").chmod(0o755)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")}
        self.environment = {**clean, "PATH": f"{place}:{clean['PATH']}", "SPINDLE_HOME": str(place / "home")}

    def offers(self, *typed: str, **more: str) -> list[str]:
        """For the last word, which may be empty."""
        asked = subprocess.run(
            ["bash", "--norc", "-c", ASK, "bash", "spindle", *typed],
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=60,  # two starts of Python on a busy machine; for an address that is silent TCP waits longer
            check=True,
        )
        assert asked.stderr == ""
        return asked.stdout.split()


@pytest.fixture
def bash(tmp_path: Path) -> Bash:
    return Bash(tmp_path)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("stat",), ["status"]),
        (("status", "--wa"), ["--watch"]),
        (("run", ""), ["recorder", "scheduler", "poll_worker", "sync_worker", "gateway", "simulator"]),
        (("pause", "ada", ""), ["all", "poll", "initial", "archive"]),
        (("trigger", "ada", "p"), ["poll"]),
        (("jobs", "--status", "c"), ["cancelled"]),
        (("users", "rem"), ["remove"]),
    ],
)
def test_commands_options_and_fixed_words_are_completed(bash: Bash, typed: tuple[str, ...], offered: list[str]) -> None:
    assert bash.offers(*typed) == offered


@pytest.mark.parametrize("address", ["", "nats://127.0.0.1:1", "nats://192.0.2.1:4222", "nonsense"])
def test_without_a_running_spindle_there_are_no_names_no_words_and_no_wait(bash: Bash, address: str) -> None:
    assert bash.offers("status", "", SPINDLE_NATS_URL=address) == []
