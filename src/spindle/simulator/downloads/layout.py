"""Rows as the text of Spotify's files, byte for byte in its layout, and where a file ends and the next one begins."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from spindle.simulator.wire import JSON

ABOUT = 12_000_000
"""Bytes of a file of the extended history (facts.md §6.1)."""

Written = Callable[[JSON], bytes]


def pretty(row: JSON, colon: str = ": ") -> bytes:
    text = json.dumps(row, ensure_ascii=False, separators=(",\n    ", colon))
    return f"  {{\n    {text[1:-1]}\n  }}".encode()


def account(row: JSON) -> bytes:
    return pretty(row, " : ")


def minified(row: JSON) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def file(rows: Iterable[bytes], one_line: bool = False) -> bytes:
    return b"[" + b",".join(rows) + b"]" if one_line else b"[\n" + b",\n".join(rows) + b"\n]"


@dataclass
class Part:
    """What is in one file."""

    texts: list[bytes] = field(default_factory=list)
    dates: set[str] = field(default_factory=set)
    size: int = 0

    @property
    def years(self) -> str:
        years = sorted(self.dates)
        return years[0] if len(years) == 1 else f"{years[0]}-{years[-1]}"


def parts(rows: Iterable[JSON], written: Written, about: int = ABOUT) -> Iterator[Part]:
    """Rows of the extended history, cut into files."""
    part = Part()
    for row in rows:
        text = written(row)
        if part.texts and part.size + len(text) > about:
            yield part
            part = Part()
        part.texts.append(text)
        part.dates.add(str(row["ts"])[:4])
        part.size += len(text) + 2
    if part.texts:
        yield part
