"""What nobody should type, with an environment that nobody should have: one clear line, and an exit code of 0 to 2."""

import contextlib
import io
import os
import random
import sys
import tempfile
from pathlib import Path

from spindle.cli import main
from spindle.cli.variables import variables

STARTING = ("up", "run", "demo")
"""They go on until somebody stops them: asked only for what they cannot do."""

COMMANDS = (
    *("login", "users", "status", "plays", "jobs", "watch", "trigger", "pause", "resume", "cancel", "import"),
    *("imports", "undo", "gaps", "doctor", "catalogue", "backup", "restore", "provision", "health", "keys", *STARTING),
)
WORDS = (
    *(
        "ada",
        "poll",
        "initial",
        "all",
        "archive",
        "list",
        "add",
        "remove",
        "rotate",
        "verify",
        "recorder",
        "",
        " ",
        "-",
    ),
    *("--json", "--help", "-h", "--csv", "--since", "--until", "--limit", "--wait", "--dry-run", "--yes", "--home"),
    *("--refresh-token-file", "--now", "--again", "--live", "--version", "--", "--no-such", "--limit=x", "--limit=-1"),
    *("0", "-1", "1e9", "9" * 400, "2026-02-30", "9999-12-31T23:59:59-14:00", "yesterday", "/", "/dev/null", "."),
    *(
        "\x1b[31mred\x1b[0m",
        "a\nb",
        "\u202eabc",
        "\udcff",
        "💿",
        "../..",
        "*",
        "x" * 5000,
        "'",
        '"',
        "%s",
        "{}",
        "[b]x",
    ),
    *("01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f", "poll.01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f." + "0" * 32, "/no/such.zip"),
)
VALUES = (
    *("", " ", "x", "0", "-1", "1e999", "nan", "99999999999999999999", "true", "[]", "{}", "\x1b[31m", "\udcff", "💿"),
    *("nats://", "nats://127.0.0.1:99999", "http://x", "tls://[::1", "nats://a b", ",", "nats://127.0.0.1:1"),
    *("postgresql://", "postgresql://spindle@127.0.0.1:1/x", "mysql://x", "sqlite://", "postgresql://[", "://"),
    *("/dev/null", "/no/such", "/", "/proc/self/mem", "A" * 43 + "=", "ab" * 32, "x" * 5000, "a\nb", "PT1H", "-P1D"),
)
NAMES = tuple(
    each.name for each in variables() if "…" not in each.name and each.name not in ("SPINDLE_PYTHON", "SPINDLE_VENV")
)


def typed(dice: random.Random) -> tuple[list[str], dict[str, str]]:
    """Words, and variables."""
    words = [dice.choice(WORDS) for _ in range(dice.randrange(5))]
    if dice.random() < 0.95:
        words.insert(0, dice.choice(COMMANDS))
    if any(word in STARTING for word in words):
        words.append("--no-such-option")
    told = {dice.choice(NAMES): dice.choice(VALUES) for _ in range(dice.choice((0, 0, 1, 1, 2, 4)))}
    if dice.random() < 0.1:
        told[f"{dice.choice(NAMES)}_FILE"] = dice.choice(VALUES)
    return words, {name: value for name, value in told.items() if not name.startswith("SPINDLE_HOME")}


class _Said(io.TextIOWrapper):
    """Letters, and the bytes of a backup."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, encoding="utf-8", errors="replace")

    @property
    def text(self) -> str:
        self.flush()
        return self._bytes.getvalue().decode(errors="replace")


def survives(words: list[str], told: dict[str, str]) -> None:
    """In a home where nothing runs, and with nothing to read."""
    before, out, err = dict(os.environ), _Said(), _Said()
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as home, Path(os.devnull).open() as nothing:
        os.chdir(home)
        for name in [name for name in os.environ if name.startswith("SPINDLE_")]:
            del os.environ[name]
        os.environ.update(told, SPINDLE_HOME=f"{home}/home")
        sys.stdin, stdin = nothing, sys.stdin
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main(words)
        except SystemExit as end:
            _proper(end.code, err.text, out.text)
        finally:
            sys.stdin = stdin
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)


def _proper(code: object, err: str, out: str) -> None:
    assert code in (0, 1, 2), code
    assert "Traceback" not in err, err
    said = err.removesuffix("\n")
    if code and not out:
        assert said.startswith("spindle: "), said
    if said.startswith("spindle: "):
        assert said.isprintable(), said
