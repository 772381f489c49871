"""The catalogue of everything that travels on the bus, made from the code: for programs (AsyncAPI) and for people."""

import json
from pathlib import Path

from spindle.shared.catalogue.document import asyncapi
from spindle.shared.catalogue.tables import markdown

__all__ = ["asyncapi", "files", "markdown", "write"]


def files() -> dict[str, str]:
    """What is checked in under `docs/`, by the name of the file."""
    return {
        "messages.json": json.dumps(asyncapi(), indent=2, ensure_ascii=False) + "\n",
        "messages.md": markdown(),
    }


def write(folder: Path) -> None:
    """Bring the files in this folder up to date."""
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")
