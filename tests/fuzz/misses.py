"""Nearly messages: golden ones with something dropped, retyped, swapped or broken, and bytes that are nothing."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parents[1] / "unit" / "messages" / "golden"

# As they stand in JSON; most of them no encoder would write.
TEXTS = (
    *(
        '""',
        '"\\u0000"',
        '"a\\u0000b"',
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\\u202e\\n\\r\\u2028"',
        '"' + "x" * 70_000 + '"',
    ),
    *('"*"', '">"', '"a.b c"', '"../.."', '"01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"', '"poll"', '"all"', '"archive"'),
)
TIMES = (
    *('"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"0000-00-00"', '"2026-02-30T00:00:00Z"'),
    *('"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59.999999Z"', '"1970-01-01T00:00:00Z"', '"2026-11-21T10:00:00"'),
    *('"2026-11-21T10:00:00.123456789+23:59"', "253402300799", "-62135596800", "1e18"),
)
LENGTHS = ('"-P999999999D"', '"P999999999DT24H"', '"-PT1S"', '"PT0.0000001S"', "1e300", "86400000000000")
NUMBERS = (
    *("0", "-1", "1.5", "-0", "NaN", "Infinity", "1e999", "32768", "2147483648", "-2147483649", "9223372036854775807"),
    *("9223372036854775808", "1" + "0" * 30, "1" * 5000),
)
SHAPES = (
    *("null", "true", "[]", "{}", "[[[[[[[[1]]]]]]]]", '{"a":{"a":{"a":{}}}}'),
    *("[" * 3000 + "]" * 3000, '{"a":' * 300 + "1" + "}" * 300),
)
HOSTILE = TEXTS + TIMES + LENGTHS + NUMBERS + SHAPES

BODIES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())["body"] for path in sorted(GOLDEN.glob("*.json"))
}


def near_miss(dice: random.Random, kind: str = "") -> bytes:
    """Of this kind of message, or of any. The same dice fall into the same bytes."""
    if dice.random() < 0.05:
        return bytes(dice.getrandbits(8) for _ in range(dice.randrange(64)))
    return spoilt(dice, BODIES[kind or dice.choice(sorted(BODIES))])


def spoilt(dice: random.Random, sound: dict[str, Any]) -> bytes:
    """As JSON, or nearly."""
    body = deepcopy(sound)
    marked: list[str] = []
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        _spoil(dice, body, marked)
    text = json.dumps(body, ensure_ascii=False)
    for number, raw in enumerate(marked):
        text = text.replace(f'"number {number} of the hostile"', raw)
    return _broken(dice, text.encode(errors="surrogatepass"))


def said_well(why: str, body: bytes) -> bool:
    """In a line, and without anything of any length that came from the message."""
    pieces = (why[at : at + 24] for at in range(max(len(why) - 23, 0)))
    return why.isprintable() and 0 < len(why) < 300 and not any(piece.encode() in body for piece in pieces)


def _spoil(dice: random.Random, body: dict[str, Any], marked: list[str]) -> None:
    """Anywhere in it; what stands at the place of a mark is put there as text."""
    places = list(_places(body))
    if not places:
        return
    holder, key = dice.choice(places)
    match dice.randrange(12):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]]
        case 2:
            other = BODIES[dice.choice(sorted(BODIES))]
            holder[key] = deepcopy(other[dice.choice(sorted(other))])
        case 3:
            holder[key] = _mark(marked, dice.choice(HOSTILE))
        case 4 if isinstance(holder, dict):
            holder["more"] = _mark(marked, dice.choice(HOSTILE))
        case _:
            holder[key] = _mark(marked, dice.choice(_like(holder[key])))


def _like(value: object) -> tuple[str, ...]:
    """Hostile values that may well be taken for this one's kind."""
    match value:
        case bool() | None:
            return SHAPES
        case int() | float():
            return NUMBERS
        case str() if value[:4].isdigit() and "T" in value:
            return TIMES
        case str() if value.startswith("P"):
            return LENGTHS
        case str():
            return TEXTS
        case _:
            return HOSTILE


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    for key in holder if isinstance(holder, dict) else range(len(holder)):
        yield holder, key
        if isinstance(holder[key], dict | list):
            yield from _places(holder[key])


def _broken(dice: random.Random, text: bytes) -> bytes:
    at = dice.randrange(len(text) + 1)
    match dice.randrange(40):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + bytes([dice.getrandbits(8)]) + text[at + 1 :]
        case 2:
            return b"\xef\xbb\xbf" + text
        case 3:
            return b'{"user":1,' + text[1:]
        case 4:
            return text[:-1] + b',"job":null,"user":"x"}'
        case _:
            return text


def _mark(marked: list[str], raw: str) -> str:
    marked.append(raw)
    return f"number {len(marked) - 1} of the hostile"
