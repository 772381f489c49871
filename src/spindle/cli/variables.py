"""Every SPINDLE_… variable, from the code: what it means, its default, and who reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python
from pydantic_settings import BaseSettings

from spindle.cli.running.services import SERVICES
from spindle.shared.catalogue.parties import RENEW
from spindle.shared.settings import BusSettings, SpotifySettings

FILE = "settings.md"

_INTRODUCTION = f"""\
# Settings

Made from the code by `{RENEW}`; not to be edited.

Spindle is set by variables of its environment. An empty one counts as not set, and one that cannot be used is named in
one line before anything starts. `up` runs all services in one process, so it reads what each of them reads; the other
commands read what says `commands`, and find the servers of a running `up` by themselves."""

_HEAD = ("variable", "what it says", "default", "read by")
_COMMANDS = "commands"


@dataclass(frozen=True)
class Variable:
    name: str
    meaning: str
    default: str
    readers: tuple[str, ...]


READ_DIRECTLY = (
    Variable(
        "SPINDLE_HOME", "Where everything is kept; `--home` says the same.", "`~/.spindle`", (_COMMANDS, "up, run")
    ),
    Variable(
        "SPINDLE_…_FILE",
        "A file that holds the variable without that ending, for every variable here; secrets like to be mounted so.",
        "",
        (_COMMANDS, "up, run"),
    ),
    Variable(
        "SPINDLE_NATS_PASSWORD",
        "The password of `SPINDLE_NATS_URL`, when only the user stands in there: letters, digits and - . _ ~ only.",
        "",
        (_COMMANDS, "up, run"),
    ),
    Variable(
        "SPINDLE_DATABASE_PASSWORD",
        "The password of `SPINDLE_DATABASE_URL`, when only the user stands in there.",
        "",
        (_COMMANDS, "up, run"),
    ),
    Variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "Where traces are sent, by OTLP over HTTP, if they are wanted; OpenTelemetry's other variables count too.",
        "`http://localhost:4318`",
        ("up, run",),
    ),
    Variable("SPINDLE_DEMO_SPEED", "How fast the clock of the demo runs, up to 1000.", "`1`", ("up", "demo")),
    Variable(
        "SPINDLE_PG_BINDIR",
        "The directory of PostgreSQL's programs that `up` starts.",
        "the one that was installed with Spindle, else one of the system's",
        ("up",),
    ),
    Variable("SPINDLE_PYTHON", "The Python of a checkout's environment, 3.11 or newer.", "found", ("./spindle",)),
    Variable("SPINDLE_VENV", "Where a checkout's environment is.", "`.venv` beside the launcher", ("./spindle",)),
)
"""What no settings class has, because it is needed before one can be made, or outside of Python."""


def variables() -> tuple[Variable, ...]:
    """Those that everybody needs stand first."""
    classes = [(service, _settings(f"spindle.{service}.settings")) for service in SERVICES]
    classes += [("up, run", _settings(f"spindle.cli.{module}")) for module in ("health.serving", "running.tracing")]
    found: dict[str, Variable] = {}
    ordered: list[type[BaseSettings]] = [BusSettings, SpotifySettings, *(reads for _, reads in classes)]
    for each in ordered:
        for field, told in each.model_fields.items():
            readers = tuple(who for who, reads in classes if field in reads.model_fields)
            found.setdefault(field, _variable(field, told, (*_commands(field), *readers)))
    return (READ_DIRECTLY[0], *found.values(), *READ_DIRECTLY[1:])


def markdown() -> str:
    return f"{_INTRODUCTION}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in _rows()) + "\n"


def write(folder: Path) -> None:
    (folder / FILE).write_text(markdown(), encoding="utf-8")


def _rows() -> Iterator[tuple[str, ...]]:
    yield _HEAD
    yield ("---",) * len(_HEAD)
    for each in variables():
        yield f"`{each.name}`", each.meaning.replace("|", "\\|"), each.default, ", ".join(each.readers)


def _settings(module: str) -> type[BaseSettings]:
    found: type[BaseSettings] = import_module(module).Settings
    return found


def _commands(field: str) -> tuple[str, ...]:
    """Commands that are no service look for the servers and for Spotify too."""
    known = {*BusSettings.model_fields, *SpotifySettings.model_fields, "database_url"}
    return (_COMMANDS,) if field in known else ()


def _variable(field: str, told: FieldInfo, readers: tuple[str, ...]) -> Variable:
    meaning = " ".join((told.description or "").split())
    return Variable(f"SPINDLE_{field.upper()}", meaning, _default(told.default), readers)


def _default(value: object) -> str:
    shown = value.get_secret_value() if isinstance(value, SecretStr) else to_jsonable_python(value)
    return "" if shown in ("", None) else f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"
