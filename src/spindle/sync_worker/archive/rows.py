"""The rows of a JSON array, one by one as they stand there, in memory that does not grow with the file.

What is whole in a piece of the file is parsed together, at the speed of the parser. Only where that fails is the text
searched for the next row, so that one bad row costs itself and not its neighbours.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from spindle.shared.spotify import exports
from spindle.shared.spotify.exports import BadRow, NoArray, Row
from spindle.sync_worker.archive.errors import Damaged, NotAnArchive

LONGEST_ROW = 2**20
"""Bytes; real rows have about 800."""

_BOM = b"\xef\xbb\xbf"
_BETWEEN = b" \t\r\n,"
_WRECK = BadRow("no JSON")  # between two rows; told from a bad row by its identity
_CUT_OFF = BadRow("a row that is cut off")
_GUESSES = 3  # at where the last whole row ends; a brace may also stand in a title
_WRECKS = 1000  # pieces that are no row, after which a file is given up: each costs a search

_TEXT = rb'"(?:[^"\\\r\n]|\\.)*+"'
# Rows hold no objects. Possessive, so that what is no row is left at the first character that says so. A text with no
# end in its line is skipped: one quote too few must not turn the file inside out.
_PART = re.compile(rb'(\{[^{}"]*+(?:' + _TEXT + rb'[^{}"]*+)*+\})|' + _TEXT + rb'?|\{|[^{"]++', re.DOTALL)


def rows(pieces: Iterable[bytes]) -> Iterator[Row | BadRow]:
    """Every element of the array. Raises `NotAnArchive`, or `Damaged` when what follows cannot be trusted."""
    wrecks = 0
    for found in _elements(pieces):
        wrecks += found is _WRECK
        if wrecks > _WRECKS:
            raise Damaged(f"it holds more than {_WRECKS:,} pieces that are no rows: this is not a listening history")
        yield found


def _elements(pieces: Iterable[bytes]) -> Iterator[Row | BadRow]:
    rest, opened = b"", False
    for piece in pieces:
        rest += piece
        if not opened:
            rest = rest.removeprefix(_BOM).lstrip()
            if len(rest) < len(_BOM):
                continue
            rest, opened = _inside(rest), True
        whole, rest = _whole(rest)
        yield from whole
        if len(rest) > LONGEST_ROW:
            found, rest = _salvaged(rest)
            yield from found
        if len(rest) > LONGEST_ROW:
            raise Damaged("it holds a row without an end")
    yield from _last(rest if opened else _inside(rest))


def _inside(text: bytes) -> bytes:
    if not text.startswith(b"["):
        raise NotAnArchive
    return text[1:]


def _whole(text: bytes) -> tuple[Sequence[Row | BadRow], bytes]:
    """The rows up to the last brace that ends one, and what follows; none when they do not parse together."""
    end = len(text)
    for _ in range(_GUESSES):
        end = text.rfind(b"}", 0, end)
        if end < 0:
            break
        try:
            return _parsed(text[: end + 1] + b"]"), text[end + 1 :]
        except NoArray:
            continue
    return (), text


def _parsed(text: bytes) -> Sequence[Row | BadRow]:
    return exports.rows(b"[" + text.lstrip(_BETWEEN))


def _last(text: bytes) -> Iterator[Row | BadRow]:
    """What is left when the file has ended: rows, and the closing bracket when all is well."""
    try:
        yield from _parsed(text)
        return
    except NoArray:
        found, rest = _salvaged(text)
    yield from found
    rest = rest.strip(_BETWEEN)
    closed = rest.startswith(b"]")
    if rest and rest != b"]":
        yield _WRECK if closed else _CUT_OFF
    if not closed:
        raise Damaged("it ends in the middle: the rows before are complete")


def _salvaged(text: bytes) -> tuple[list[Row | BadRow], bytes]:
    """Row by row, and a wreck for what stands between two of them; what follows the last one."""
    found: list[Row | BadRow] = []
    wrecks, end, littered = 0, 0, False
    for part in _PART.finditer(text):
        raw: bytes | None = part[1]
        if raw is None:
            littered = littered or bool(part[0].strip(_BETWEEN))
            continue
        if littered:
            found.append(_WRECK)
            wrecks += 1
        found.append(exports.row(raw))
        end, littered = part.end(), False
        if wrecks > _WRECKS:
            break
    return found, text[end:]
