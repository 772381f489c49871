"""`spindle health`: how the services of a process here are. Loads little: containers ask every few seconds."""

import json
import os
import sys
from http.client import HTTPConnection, HTTPException
from typing import Any, cast

from spindle.people.errors import Problem

_PATIENCE = 3.0  # seconds; the other side answers within one
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where it listens is not where it is asked


def health(port: int, live: bool, as_json: bool) -> int:
    """The exit code: 0 when it is well; with `live` also while it waits for servers."""
    told = _asked(port)
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write("".join(f"{name}: {_words(vitals)}\n" for name, vitals in told["services"].items()))
        if not told["services"]:
            sys.stdout.write("starting\n")
    return 0 if told["live"] and (live or told["ready"]) else 1


def _asked(port: int) -> dict[str, Any]:
    host = os.environ.get("SPINDLE_HEALTH_HOST") or "127.0.0.1"
    host = _ANY.get(host, host)
    process = HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        process.request("GET", "/health")
        told = json.loads(process.getresponse().read())
        if told.keys() >= {"live", "ready", "services"}:
            return cast("dict[str, Any]", told)
    except (OSError, HTTPException) as error:
        raise Problem(f"no process of Spindle answers on {host}:{port}") from error
    except (ValueError, AttributeError):
        pass
    finally:
        process.close()
    raise Problem(f"what answers on {host}:{port} is no process of Spindle")


def _words(vitals: dict[str, object]) -> str:
    said = "ready" if vitals["ready"] else "not ready" if vitals["live"] else "dead inside"
    return f"{said}: {vitals['why']}" if vitals["why"] else said
