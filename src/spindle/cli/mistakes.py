"""From an error to the one line that a person reads, and the exit code."""

import os
import sys

from spindle.people.errors import Problem

WRONG, USAGE = 1, 2


def explained(error: BaseException) -> tuple[str | None, int]:
    """No line for an error that nobody foresaw: that is a bug, and its traceback is wanted."""
    if isinstance(error, BaseExceptionGroup):
        return explained(error.exceptions[0])
    return _of_ours(error) or _of_usage(error) or _of_settings(error) or _of_system(error) or (None, WRONG)


def _of_usage(error: BaseException) -> tuple[str, int] | None:
    from typer import Abort
    from typer.exceptions import TyperException

    if isinstance(error, Abort):
        return "nothing was done", WRONG
    if not isinstance(error, TyperException):
        return None
    told = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    where = f" (see `{context.command_path} --help`)" if context else ""
    return f"{_one_line(told).rstrip('.')}{where}", USAGE


def _of_ours(error: BaseException) -> tuple[str, int] | None:
    if isinstance(error, Problem):
        return _one_line(str(error)), WRONG
    if any(isinstance(error, kind) for kind in _trees()):
        return _one_line(str(error) or type(error).__name__), WRONG
    return None


def _trees() -> list[type[BaseException]]:
    """The roots of the error trees, of those modules only that are loaded: others cannot have raised anything."""
    roots = {
        "spindle.embedded.errors": "EmbeddedError",
        "spindle.gateway.errors": "GatewayError",
        "spindle.shared.bus.errors": "BusError",
        "spindle.shared.environment": "BadEnvironment",
        "spindle.shared.spotify.errors": "SpotifyError",
        "spindle.shared.spotify.keys": "SealError",
        "spindle.recorder.errors": "RecorderError",
        "nats.errors": "Error",
    }
    return [getattr(sys.modules[module], root) for module, root in roots.items() if module in sys.modules]


def _of_settings(error: BaseException) -> tuple[str, int] | None:
    """A variable of the environment that a service cannot use. What it holds is not repeated: it may be secret."""
    pydantic = sys.modules.get("pydantic")
    if pydantic is None or not isinstance(error, pydantic.ValidationError) or error.title != "Settings":
        return None
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"SPINDLE_{str(first['loc'][0]).upper()}: {first['msg']}", WRONG


def _of_system(error: BaseException) -> tuple[str, int] | None:
    if not isinstance(error, OSError) or error.strerror is None:
        return None
    what = f"{os.fspath(error.filename)}: " if isinstance(error.filename, str) else ""
    return _one_line(f"{what}{error.strerror}"), WRONG


def _one_line(text: str) -> str:
    """What was typed may hold what moves a terminal's cursor or turns its text around: that is shown, not done."""
    return "".join(each if each.isprintable() else "\ufffd" for each in " ".join(text.split()))
