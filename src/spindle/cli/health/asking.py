"""`spindle health`: how the services of a process here are. Loads little: containers ask every few seconds."""

import json
import os
import sys
from http.client import HTTPConnection, HTTPException

from spindle.cli.errors import CommandError

_PATIENCE = 3.0  # seconds; the other side answers within one
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where it listens is not where it is asked


def health(port: int, live: bool, as_json: bool) -> int:
    """The exit code: 0 when it is well; with `live` also while it waits for servers."""
    body = _asked(port)
    told = json.loads(body)
    if as_json:
        sys.stdout.write(body)
    else:
        sys.stdout.write("".join(f"{name}: {_words(vitals)}\n" for name, vitals in told["services"].items()))
        if not told["services"]:
            sys.stdout.write("starting\n")
    return 0 if told["live"] and (live or told["ready"]) else 1


def _asked(port: int) -> str:
    host = os.environ.get("SPINDLE_HEALTH_HOST") or "127.0.0.1"
    host = _ANY.get(host, host)
    door = HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        door.request("GET", "/health")
        answer = door.getresponse()
        body = answer.read().decode()
    except (OSError, HTTPException) as error:
        raise CommandError(f"no process of Spindle answers on {host}:{port}") from error
    finally:
        door.close()
    if answer.status not in (200, 503):
        raise CommandError(f"what answers on {host}:{port} is no process of Spindle")
    return body


def _words(vitals: dict[str, object]) -> str:
    said = "ready" if vitals["ready"] else "not ready" if vitals["live"] else "dead inside"
    return f"{said}: {vitals['why']}" if vitals["why"] else said
