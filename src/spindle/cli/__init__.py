"""The command line, and everything in one process: the only package that imports several services.

Asks: `ask.*`. Publishes: `control.*`, `facts.users.*`. Reads: the stream `events`, the bucket `pace`.
Writes: the object store `uploads`, the bucket `tokens`. The doctor and a backup look at everything,
and a restore writes it.
Owns, in SPINDLE_HOME beside what is the servers': `settings.json`, `secret.key` and those put aside,
`demo.json`, `spindle.log`, `backups`.
"""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper


def main(words: Sequence[str] | None = None) -> None:
    """The console script. Every error that can be foreseen ends here as one line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without a letter for it shows another one
    try:
        from spindle.shared.environment import complete

        complete(os.environ)
        result = _run(sys.argv[1:] if words is None else list(words))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from spindle.cli.mistakes import explained

        line, code = explained(error)
        if line is None:
            raise
        sys.stderr.write(f"spindle: {line}\n")
        sys.exit(code)
    sys.exit(result if isinstance(result, int) else 0)


def _run(words: list[str]) -> object:
    """Containers ask for their health every few seconds: what can be typed is not loaded for the plain question."""
    port = os.environ.get("SPINDLE_HEALTH_PORT", "")
    if words[:1] == ["health"] and {*words[1:]} <= {"--live", "--json"} and port.isdecimal() and 0 < int(port) < 65536:
        from spindle.cli.health.asking import health

        return health(int(port), live="--live" in words, as_json="--json" in words)
    from spindle.cli.commands import app

    return app(words, prog_name="spindle", standalone_mode=False)
